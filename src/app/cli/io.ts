import type { DaemonModule } from "./load-daemon.js";
import type { SupervisionModule } from "./load-supervision.js";
import type { NodeModule } from "./load-node.js";

export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** All that a command touches of its process, so that it can run inside of another one. */
export interface CliIo {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Hears Ctrl-C instead of ending by it; the result gives that up again. */
  onInterrupt(listener: () => void): () => void;
  loadDaemon(): Promise<DaemonModule>;
  /** What is said of gateways on the local network within that time, in place of asking it. */
  browse?(timeoutMs: number): Promise<readonly unknown[]>;
  /** Missing inside of a program that looks after its gateway itself. */
  loadSupervision?(): Promise<SupervisionModule>;
  /** Absent where the node is not part of the program. */
  loadNode?(): Promise<NodeModule>;
}

export const EXIT = { ok: 0, failed: 1, usage: 2, tryAgain: 75, interrupted: 130 } as const;

/** Something the person at the terminal can act on: whole sentences, no stack. */
export class CliFailure extends Error {
  override readonly name = "CliFailure";
  readonly exitCode: number;
  /** A machine's name for it. */
  readonly code: string;
  /** What to do next, a line each. */
  readonly hints: readonly string[];
  readonly details: unknown;

  constructor(message: string, facts: { exitCode?: number; code?: string; hints?: readonly string[]; details?: unknown; cause?: unknown } = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.exitCode = facts.exitCode ?? EXIT.failed;
    this.code = facts.code ?? "FAILED";
    this.hints = facts.hints ?? [];
    this.details = facts.details;
  }
}

export const usageFailure = (message: string, hints: readonly string[] = []): CliFailure =>
  new CliFailure(message, { exitCode: EXIT.usage, code: "USAGE", hints });
