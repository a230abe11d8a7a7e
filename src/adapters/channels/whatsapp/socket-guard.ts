import { AsyncLocalStorage } from "node:async_hooks";
import type { WASocket } from "@whiskeysockets/baileys";
import { fieldsOf } from "../../../domain/foreign-fields.js";

type Emitter = WASocket["ws"];
type Listener = (...values: unknown[]) => unknown;

export interface SocketGuard {
  /** What Baileys does about something that came has failed. */
  failed(event: string): void;
  /** WhatsApp has let the account in; Baileys goes on once this resolves. */
  letIn(): Promise<void>;
}

const LET_IN = "CB:success";

/**
 * Puts a guard around what Baileys 7.0.0-rc14 does when something comes over its socket. It answers with promises that
 * nobody waits for: where one rejects, nobody hears of it but the process, which it ends.
 */
export function guardSocket(ws: Emitter, { failed, letIn }: SocketGuard): void {
  for (const event of ws.eventNames()) {
    if (typeof event !== "string") continue;
    const listeners = ws.rawListeners(event) as Listener[];
    ws.removeAllListeners(event);
    for (const listener of listeners) {
      ws.on(event, (...values: unknown[]) => {
        void run(() => (event === LET_IN ? letIn().then(() => listener.apply(ws, values)) : listener.apply(ws, values)), () => failed(event));
      });
    }
  }
}

async function run(work: () => unknown, failed: () => void): Promise<void> {
  try {
    await work();
  } catch {
    failed();
  }
}

/**
 * For a socket that is over: lets everybody know who waits for an answer of WhatsApp's, and whoever begins to. Where
 * WhatsApp itself ends a connection Baileys forgets to, and each of them would keep the process alive for a minute more.
 */
export function giveUpWaiting(ws: Emitter): void {
  ws.emit("error");
  ws.on("newListener", (event: string, listener: Listener) => {
    if (event === "error") process.nextTick(listener);
  });
}

/**
 * Baileys remembers what was said last for five minutes and which id belongs to which number for three days, each with a
 * timer of its own. A timer keeps whatever it was set in: here the keys of everybody for whom a message was enciphered.
 * Set outside of that, it keeps what is remembered and no more.
 */
export function rememberLightly({ messageRetryManager, signalRepository }: WASocket): void {
  setOutside(messageRetryManager, "addRecentMessage");
  const ids = fieldsOf(signalRepository.lidMapping)?.["mappingCache"];
  // Looking one up sets its timer anew.
  for (const method of ["get", "set"]) setOutside(ids, method);
}

function setOutside(memory: unknown, method: string): void {
  const set = fieldsOf(memory)?.[method];
  if (typeof set !== "function") return;
  const outside = AsyncLocalStorage.snapshot();
  Reflect.set(memory as object, method, (...values: unknown[]): unknown => outside(() => set.apply(memory, values) as unknown));
}

/** Tears a socket down that does not close by itself. */
export function terminate(ws: Emitter): void {
  const socket = fieldsOf((ws as unknown as { readonly socket?: unknown }).socket);
  const end = socket?.["terminate"];
  if (typeof end === "function") end.call(socket);
}
