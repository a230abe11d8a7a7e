import { countOf, fieldsOf, textOf, type Fields } from "../foreign-fields.js";
import { printable } from "../text/printable.js";

export const MAX_TRANSCRIPT = 20_000;
export const MAX_MESSAGE = 100_000;
const MAX_NAME = 512;
const MAX_COMMAND = 2_000;
const MAX_OUTPUT = 20_000;
const MAX_STATS = 32;
const MAX_TIMEOUT_S = 24 * 3_600;

/** What a node reports of a program it runs. */
export interface ExecReport {
  readonly kind: "exec";
  readonly phase: "started" | "finished" | "denied";
  readonly sessionKey?: string;
  readonly runId?: string;
  readonly command?: string;
  readonly exitCode?: number;
  readonly timedOut?: boolean;
  readonly success?: boolean;
  readonly output?: string;
  readonly reason?: string;
  readonly host?: string;
  /** Nobody needs to be told that it ended. */
  readonly quiet: boolean;
}

/** A turn that a node asks for. */
export interface TurnAsk {
  readonly kind: "turn";
  readonly message: string;
  readonly sessionKey?: string;
  readonly thinking?: string;
  readonly deliver: boolean;
  readonly channel?: string;
  readonly to?: string;
  readonly timeoutMs?: number;
  /** The same key again is the same request. */
  readonly key?: string;
}

/** What a `node.event` says, as far as it is understood. */
export type NodeSaid =
  | TurnAsk
  | ExecReport
  | { readonly kind: "watch" | "unwatch"; readonly sessionKey: string }
  | { readonly kind: "alive" }
  | { readonly kind: "activity"; readonly idleSeconds?: number }
  | { readonly kind: "stats"; readonly stats: Readonly<Record<string, number>> }
  | { readonly kind: "unusable"; readonly reason: string }
  | { readonly kind: "unknown" };

const unusable = (reason: string): NodeSaid => ({ kind: "unusable", reason });
const nameOf = (value: unknown): string | undefined => {
  const text = textOf(value)?.trim();
  return text === undefined || text === "" || text.length > MAX_NAME ? undefined : text;
};
const named = <K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } => (value === undefined ? {} : { [key]: value } as never);

function readTranscript(fields: Fields): NodeSaid {
  const text = textOf(fields["text"])?.trim() ?? "";
  if (text === "") return unusable("the transcript has no text");
  if (text.length > MAX_TRANSCRIPT) return unusable(`the transcript is longer than ${MAX_TRANSCRIPT} characters`);
  return { kind: "turn", message: text, deliver: false, ...named("sessionKey", nameOf(fields["sessionKey"])), ...named("key", nameOf(fields["eventId"]) ?? nameOf(fields["key"])) };
}

function readRequest(fields: Fields): NodeSaid {
  const message = textOf(fields["message"])?.trim() ?? "";
  if (message === "") return unusable("the request has no message");
  if (message.length > MAX_MESSAGE) return unusable(`the message is longer than ${MAX_MESSAGE} characters`);
  const seconds = countOf(fields["timeoutSeconds"]);
  return {
    kind: "turn",
    message,
    deliver: fields["deliver"] === true,
    ...named("sessionKey", nameOf(fields["sessionKey"])),
    ...named("thinking", nameOf(fields["thinking"])),
    ...named("channel", nameOf(fields["channel"])),
    ...named("to", nameOf(fields["to"])),
    ...named("key", nameOf(fields["key"])),
    ...(seconds === undefined || seconds <= 0 ? {} : { timeoutMs: Math.min(seconds, MAX_TIMEOUT_S) * 1_000 }),
  };
}

function readExec(phase: ExecReport["phase"], fields: Fields): ExecReport {
  const flag = (name: string) => (typeof fields[name] === "boolean" ? { [name]: fields[name] } : {});
  const shown = (name: string, most: number) => {
    const text = printable(textOf(fields[name]) ?? "", most);
    return text === "" ? {} : { [name]: text };
  };
  const { exitCode } = fields;
  return {
    kind: "exec",
    phase,
    quiet: fields["suppressNotifyOnExit"] === true,
    ...named("sessionKey", nameOf(fields["sessionKey"])),
    ...(Number.isSafeInteger(exitCode) ? { exitCode: exitCode as number } : {}),
    ...shown("runId", 128),
    ...shown("command", MAX_COMMAND),
    ...shown("output", MAX_OUTPUT),
    ...shown("reason", MAX_NAME),
    ...shown("host", 64),
    ...flag("timedOut"),
    ...flag("success"),
  };
}

const readWatch = (kind: "watch" | "unwatch", fields: Fields): NodeSaid => {
  const sessionKey = nameOf(fields["sessionKey"]);
  return sessionKey === undefined ? unusable("no sessionKey was named") : { kind, sessionKey };
};

function readStats(fields: Fields): NodeSaid {
  const numbers = Object.entries(fields).filter(([name, value]) => /^[A-Za-z]\w{0,63}$/.test(name) && typeof value === "number" && Number.isFinite(value));
  return { kind: "stats", stats: Object.fromEntries(numbers.slice(0, MAX_STATS)) as Record<string, number> };
}

/** Reads what a node says. Nothing it may send breaks the reader. */
export function parseNodeEvent(event: string, payload: unknown): NodeSaid {
  const fields = fieldsOf(payload) ?? {};
  switch (event) {
    case "voice.transcript":
      return readTranscript(fields);
    case "agent.request":
      return readRequest(fields);
    case "chat.subscribe":
      return readWatch("watch", fields);
    case "chat.unsubscribe":
      return readWatch("unwatch", fields);
    case "exec.started":
      return readExec("started", fields);
    case "exec.finished":
      return readExec("finished", fields);
    case "exec.denied":
      return readExec("denied", fields);
    case "node.presence.alive":
      return { kind: "alive" };
    case "node.presence.activity": {
      const idle = countOf(fields["lastInputSeconds"]) ?? countOf(fields["idleSeconds"]);
      return { kind: "activity", ...(idle === undefined || idle < 0 ? {} : { idleSeconds: idle }) };
    }
    case "node.host.stats":
      return readStats(fields);
    default:
      return { kind: "unknown" };
  }
}
