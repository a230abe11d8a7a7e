import { constants } from "node:fs";
import { lstat, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillArguments } from "../../../domain/node-host/host-program.js";
import { runEnvironment } from "../../../domain/nodes/exec-policy/environment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import type { NodeCommandOutcome, NodeFaultCode } from "../../../ports/node-command.js";
import { runChild, type ChildEnd } from "../child-run.js";
import { findProgram } from "../program-finder.js";
import type { SystemHost } from "../system-host.js";
import { TIMEOUT_MS, type HostProgram } from "./config.js";

export type Failed = Extract<NodeCommandOutcome, { kind: "failed" }>;

export const failed = (code: NodeFaultCode, message: string): Failed => ({ kind: "failed", code, message });

export interface Running {
  readonly program: HostProgram;
  readonly host: SystemHost;
  readonly clock: Clock;
}

export interface Ask {
  readonly values: Readonly<Record<string, string>>;
  /** What it was told to take, in milliseconds. */
  readonly lastsMs?: number;
  readonly cancel: Cancel;
  readonly wrote?: (text: string) => void;
}

export const isThere = async ({ argv: [word = ""] }: HostProgram, host: SystemHost): Promise<boolean> => (await findProgram(word, host, host.cwd)) !== undefined;

/** Runs the owner's program once. Resolves with how it ended, or why it did not run. What it printed is for the owner alone: it may name passwords. */
export async function runProgram({ program, host, clock }: Running, { values, lastsMs = 0, cancel, wrote }: Ask): Promise<Extract<ChildEnd, { kind: "ended" }> | Failed> {
  const [word = "", ...args] = program.argv;
  const found = await findProgram(word, host, host.cwd);
  if (found === undefined) return failed("UNAVAILABLE", "The program that does this is no longer on the node's host: see node.commands in its configuration.");
  if (cancel.aborted) return GIVEN_UP;
  const end = await runChild({
    file: found.real, name: found.found, args: fillArguments(args, values), cwd: host.cwd, env: runEnvironment(host.env, {}),
    timeoutMs: lastsMs + (program.timeoutMs ?? TIMEOUT_MS), clock, cancel,
    ...(wrote === undefined ? {} : { wrote }),
  });
  return end.kind === "ended" ? end : failed("UNAVAILABLE", `The program that does this could not be started (${end.code}): see node.commands in the node's configuration.`);
}

export const GIVEN_UP = failed("UNAVAILABLE", "Whoever asked for it gave up.");

/** Why a program's end is no result. */
export function problemOf({ exitCode, stopped }: Extract<ChildEnd, { kind: "ended" }>): Failed | undefined {
  if (stopped === "cancel") return GIVEN_UP;
  if (stopped === "timeout") return failed("TIMEOUT", "The program that does this took too long and was ended: give it more by timeoutMs in node.commands, if it needs that.");
  if (exitCode === 0) return undefined;
  return failed("UNAVAILABLE", `The program that does this ended with code ${exitCode ?? "none"}: run it by hand on the node's host to see why.`);
}

/** Runs a program that writes one file, and takes the file. Nothing is left of it. */
export async function runForFile(running: Running, { suffix, maxBytes, ...ask }: Ask & { readonly suffix: string; readonly maxBytes: number }): Promise<Buffer | Failed> {
  const folder = await mkdtemp(join(tmpdir(), "openclaw-node-"));
  const output = join(folder, `output.${suffix}`);
  try {
    const end = await runProgram(running, { ...ask, values: { ...ask.values, output } });
    if (end.kind === "failed") return end;
    return problemOf(end) ?? (await takeFile(output, maxBytes));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function takeFile(path: string, maxBytes: number): Promise<Buffer | Failed> {
  try {
    if (!(await lstat(path)).isFile()) return NO_FILE;
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const { size } = await file.stat();
      if (size > maxBytes) return failed("PAYLOAD_TOO_LARGE", `It came to ${Math.ceil(size / 1_000_000)} MB, and ${Math.floor(maxBytes / 100_000) / 10} MB are the most that is sent: ask for a smaller or a shorter one.`);
      return size === 0 ? NO_FILE : await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return NO_FILE;
    throw error;
  }
}

const NO_FILE = failed("UNAVAILABLE", "The program that does this wrote nothing to {output}: run it by hand on the node's host to see why.");
