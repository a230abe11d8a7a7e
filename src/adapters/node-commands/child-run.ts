import { spawn, type ChildProcessByStdio } from "node:child_process";
import { randomUUID } from "node:crypto";
import process from "node:process";
import type { Readable } from "node:stream";
import { after } from "../../domain/moment.js";
import type { Cancel } from "../../ports/cancel.js";
import type { Clock } from "../../ports/clock.js";
import { CapturedOutput } from "./captured-output.js";
import { killTree, MARK, signalGroup } from "./process-tree.js";

/** How long a program that was asked to end may take before it is ended. */
const GRACE_MS = 1_000;
/** How long what it wrote may take to arrive. Something that it left running can hold the pipes open for ever. */
const DRAIN_MS = 500;

export interface ChildOptions {
  /** The file that runs, and what it is called to itself. */
  readonly file: string;
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly cancel: Cancel;
  readonly started?: () => void;
  readonly wrote?: (text: string) => void;
}

export type ChildEnd =
  | {
      readonly kind: "ended";
      /** `null` where a signal ended it. */
      readonly exitCode: number | null;
      readonly stopped?: "timeout" | "cancel";
      readonly stdout: CapturedOutput;
      readonly stderr: CapturedOutput;
    }
  /** The system's error code, such as `EACCES`. */
  | { readonly kind: "not-started"; readonly code: string };

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Runs one program to its end, to its time's end, or until it is given up. Then nothing of it is left; what it left running when it ended by itself goes on. */
export async function runChild(options: ChildOptions): Promise<ChildEnd> {
  const mark = randomUUID();
  const child = start(options, mark);
  if (typeof child === "string") return { kind: "not-started", code: child };
  const [stdout, stderr] = [new CapturedOutput(), new CapturedOutput()];
  // Before anything is awaited, so that no byte is missed.
  for (const [pipe, output] of [[child.stdout, stdout], [child.stderr, stderr]] as const) {
    pipe.on("data", (bytes: Buffer) => {
      const text = output.add(bytes);
      options.wrote?.(text);
    });
    pipe.on("error", () => undefined);
  }
  const ends = endsOf(child);
  const failure = await started(child);
  const { pid } = child;
  if (failure !== undefined || pid === undefined) return { kind: "not-started", code: failure ?? "unknown" };
  options.started?.();
  const stopped = await firstOf(options, ends.exited);
  if (stopped !== undefined) await stop(pid, { mark, exited: ends.exited, clock: options.clock });
  const exitCode = await ends.exited;
  await drained(child, ends.closed, options.clock);
  for (const output of [stdout, stderr]) output.end();
  return { kind: "ended", exitCode, ...(stopped === undefined ? {} : { stopped }), stdout, stderr };
}

function start({ file, name, args, cwd, env }: ChildOptions, mark: string): Child | string {
  try {
    return spawn(file, args, {
      argv0: name, cwd, env: { ...env, [MARK]: mark }, shell: false, windowsHide: true, stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: what it starts ends with it, and Ctrl-C is for the node.
      detached: process.platform !== "win32",
    });
  } catch (error) {
    return codeOf(error);
  }
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? "unknown";

const started = (child: Child): Promise<string | undefined> =>
  new Promise((resolve) => {
    child.once("error", (error) => resolve(codeOf(error)));
    child.once("spawn", () => resolve(undefined));
  });

const endsOf = (child: Child): { readonly exited: Promise<number | null>; readonly closed: Promise<void> } => ({
  exited: new Promise((resolve) => {
    child.once("exit", (code) => resolve(code));
  }),
  closed: new Promise((resolve) => {
    child.once("close", () => resolve());
  }),
});

/** What comes first: `undefined` where the program ended by itself. */
async function firstOf({ timeoutMs, clock, cancel }: ChildOptions, exited: Promise<unknown>): Promise<"timeout" | "cancel" | undefined> {
  let letGo = (): void => undefined;
  const interrupted = new Promise<"timeout" | "cancel">((resolve) => {
    const stopWaiting = clock.callAt(after(clock.now(), timeoutMs), () => resolve("timeout"));
    const abort = (): void => resolve("cancel");
    if (cancel.aborted) abort();
    cancel.addEventListener("abort", abort);
    letGo = () => {
      stopWaiting();
      cancel.removeEventListener("abort", abort);
    };
  });
  try {
    return await Promise.race([exited.then(() => undefined), interrupted]);
  } finally {
    letGo();
  }
}

async function stop(pid: number, { mark, exited, clock }: { mark: string; exited: Promise<unknown>; clock: Clock }): Promise<void> {
  signalGroup(pid, "SIGTERM");
  await within(GRACE_MS, clock, exited);
  await killTree(pid, mark);
}

async function drained(child: Child, closed: Promise<void>, clock: Clock): Promise<void> {
  await within(DRAIN_MS, clock, closed);
  child.stdout.destroy();
  child.stderr.destroy();
}

async function within(ms: number, clock: Clock, work: Promise<unknown>): Promise<void> {
  let cancel = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = clock.callAt(after(clock.now(), ms), resolve);
  });
  await Promise.race([work, late]);
  cancel();
}
