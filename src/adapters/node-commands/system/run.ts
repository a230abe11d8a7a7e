import { stat } from "node:fs/promises";
import { renderCommand } from "../../../domain/nodes/exec-policy/command-line.js";
import { runEnvironment } from "../../../domain/nodes/exec-policy/environment.js";
import type { Program } from "../../../domain/nodes/exec-policy/judge-run.js";
import type { Clock } from "../../../ports/clock.js";
import type { NodeCall, NodeCommand, NodeCommandOutcome } from "../../../ports/node-command.js";
import { runChild, type ChildEnd } from "../child-run.js";
import type { SystemHost } from "../system-host.js";
import { findProgram } from "../program-finder.js";
import { readRunParams, type RunParams } from "./run-params.js";
import type { RunJudge } from "./run-verdict.js";

const MAX_AT_ONCE = 16;
/** As much of a command, and of what it wrote, as an event tells. */
const TOLD_COMMAND = 2_000;
const TOLD_OUTPUT = 20_000;

type Ended = Extract<ChildEnd, { kind: "ended" }>;

const failed = (code: "INVALID_REQUEST" | "UNAVAILABLE" | "SYSTEM_RUN_DENIED", message: string): NodeCommandOutcome => ({ kind: "failed", code, message });

/** `system.run`: one program with its arguments, never a shell, as far as this host's approvals file lets it through. */
export class SystemRun implements NodeCommand {
  readonly name = "system.run";
  readonly #clock: Clock;
  readonly #host: SystemHost;
  readonly #judge: RunJudge;
  readonly #running = new Map<Promise<unknown>, AbortController>();
  #isClosed = false;

  constructor({ clock, host, judge }: { clock: Clock; host: SystemHost; judge: RunJudge }) {
    this.#clock = clock;
    this.#host = host;
    this.#judge = judge;
  }

  available(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async run(given: unknown, call: NodeCall): Promise<NodeCommandOutcome> {
    const params = readRunParams(given);
    if (typeof params === "string") return failed("INVALID_REQUEST", params);
    const cwd = params.cwd ?? this.#host.cwd;
    if (!(await isFolder(cwd))) return failed("INVALID_REQUEST", "cwd is no folder on this node; name one that is there.");
    const program = await findProgram(params.argv[0], this.#host, cwd);
    if (program === undefined) return failed("INVALID_REQUEST", `${renderCommand([params.argv[0]]).slice(0, 200)} is no program on this node; see system.which.`);
    const tell = teller(params, call);
    let verdict: Awaited<ReturnType<RunJudge["judge"]>>;
    try {
      verdict = await this.#judge.judge(program, params);
    } catch {
      // The system's error names the file and nothing else; it is the owner's to see, on this host.
      return failed("UNAVAILABLE", "the exec approvals file of this node cannot be read or written; look at its permissions and at the disk.");
    }
    if (verdict.kind === "denied") {
      tell("exec.denied", { reason: verdict.reason });
      return failed("SYSTEM_RUN_DENIED", verdict.message);
    }
    if (call.cancel.aborted || this.#isClosed) return failed("UNAVAILABLE", "the run was given up before it began.");
    if (this.#running.size >= MAX_AT_ONCE) return failed("UNAVAILABLE", `${MAX_AT_ONCE} commands run on this node already; wait for one to end.`);
    return this.#carryOut(params, { program, cwd, call, tell });
  }

  async #carryOut(params: RunParams, { program, cwd, call, tell }: { program: Program; cwd: string; call: NodeCall; tell: Tell }): Promise<NodeCommandOutcome> {
    const abort = new AbortController();
    const giveUp = (): void => abort.abort();
    call.cancel.addEventListener("abort", giveUp);
    const work = runChild({
      file: program.real, name: program.found, args: params.argv.slice(1), cwd, env: runEnvironment(this.#host.env, params.env),
      timeoutMs: params.timeoutMs, clock: this.#clock, cancel: abort.signal,
      started: () => tell("exec.started", {}),
      wrote: (text) => call.progress(text),
    });
    this.#running.set(work, abort);
    const end = await work.finally(() => {
      this.#running.delete(work);
      call.cancel.removeEventListener("abort", giveUp);
    });
    if (end.kind === "not-started") return failed("UNAVAILABLE", `the program could not be started (${end.code}).`);
    const payload = payloadOf(end, params.timeoutMs);
    const { exitCode, timedOut, success } = payload;
    tell("exec.finished", { ...(exitCode === null ? {} : { exitCode }), timedOut, success, output: toldOutput(end) });
    return end.stopped === "cancel" ? failed("UNAVAILABLE", "the run was given up, and its processes were ended.") : { kind: "done", payload };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const abort of this.#running.values()) abort.abort();
    await Promise.allSettled(this.#running.keys());
  }
}

type Tell = (event: "exec.started" | "exec.finished" | "exec.denied", more: Readonly<Record<string, unknown>>) => void;

function teller({ argv, sessionKey, runId, isQuiet }: RunParams, call: NodeCall): Tell {
  const [session, run] = [sessionKey ?? call.sessionKey, runId ?? call.idempotencyKey];
  return (event, more) =>
    call.tell(event, {
      host: "node",
      command: renderCommand(argv).slice(0, TOLD_COMMAND),
      ...(session === undefined ? {} : { sessionKey: session }),
      ...(run === undefined ? {} : { runId: run }),
      ...(isQuiet ? { suppressNotifyOnExit: true } : {}),
      ...more,
    });
}

const payloadOf = ({ exitCode, stopped, stdout, stderr }: Ended, timeoutMs: number) => ({
  exitCode,
  timedOut: stopped === "timeout",
  success: stopped === undefined && exitCode === 0,
  stdout: stdout.text(),
  stderr: stderr.text(),
  error: stopped === "timeout" ? `the command took longer than ${timeoutMs} ms, and its processes were ended` : exitCode === null ? "a signal ended the command" : null,
  ...(stdout.isCut || stderr.isCut ? { truncated: true } : {}),
});

const toldOutput = ({ stdout, stderr }: Ended): string => [stdout.text(), stderr.text()].filter((text) => text !== "").join("\n").slice(-TOLD_OUTPUT);

const isFolder = async (path: string): Promise<boolean> => stat(path).then((facts) => facts.isDirectory(), () => false);
