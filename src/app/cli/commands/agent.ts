import { textField, type GatewayError } from "../../../client/errors.js";
import type { GatewayClient, GatewayEvent } from "../../../client/index.js";
import type { AgentFinal } from "../../../domain/protocol/methods/agent.js";
import type { ParamsOf } from "../../../domain/protocol/catalog.js";
import { AnswerWriter } from "../answer-writer.js";
import { withGateway } from "../connection.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure, EXIT, usageFailure, type CliIo } from "../io.js";
import { cell, printJson, terminalText } from "../output.js";
import { startProgress, type Progress } from "../progress.js";

interface AgentFlags extends Omit<ConnectionFlags, "timeout"> {
  readonly message: string;
  readonly sessionId?: string;
  readonly sessionKey?: string;
  readonly agent?: string;
  readonly to?: string;
  readonly channel?: string;
  readonly deliver?: boolean;
  readonly thinking?: string;
  /** Seconds. */
  readonly timeout?: number;
}

const ABORT_TIMEOUT_MS = 2000;

/** One turn, shown while it goes on. */
interface Turn {
  readonly client: GatewayClient;
  readonly runId: string;
  readonly writer: AnswerWriter;
  readonly progress: Progress;
  sessionKey: string | undefined;
}

export async function run(io: CliIo, flags: AgentFlags): Promise<number> {
  if (flags.message.trim() === "") throw usageFailure("--message is empty.");
  // This command's --timeout limits the run, not the connection.
  const { timeout: _seconds, ...connection } = flags;
  return await withGateway(io, connection, (client) => takeTurn(io, flags, client), { caps: ["tool-events"] });
}

async function takeTurn(io: CliIo, flags: AgentFlags, client: GatewayClient): Promise<number> {
  const turn: Turn = {
    client,
    runId: globalThis.crypto.randomUUID(),
    writer: new AnswerWriter(io.stdout),
    progress: startProgress(io.stderr, "waiting for the agent"),
    sessionKey: flags.sessionKey ?? (flags.agent ? `agent:${flags.agent}:main` : client.hello.snapshot?.sessionDefaults?.mainSessionKey),
  };
  const deaf = client.onEvent((event) => hear(turn, event, flags.json === true));
  const stop = interruptible(io, turn);
  try {
    const final = client.call("agent", paramsOf(flags, turn.runId), {
      expectFinal: true,
      onAccepted: (accepted) => void (turn.sessionKey = textField(accepted, "sessionKey") ?? turn.sessionKey),
    });
    const ended = await Promise.race([final, stop.interrupted]);
    return ended === "interrupted" ? EXIT.interrupted : show(io, flags, { turn, final: ended as AgentFinal });
  } catch (error) {
    // Where an answer broke off, the reason begins on a line of its own.
    turn.writer.endLine();
    turn.progress.stop();
    throw failureOf(error);
  } finally {
    turn.progress.stop();
    deaf();
    stop.release();
  }
}

const paramsOf = (flags: AgentFlags, idempotencyKey: string): ParamsOf<"agent"> => ({
  message: flags.message,
  idempotencyKey,
  ...(flags.sessionId === undefined ? {} : { sessionId: flags.sessionId }),
  ...(flags.sessionKey === undefined ? {} : { sessionKey: flags.sessionKey }),
  ...(flags.agent === undefined ? {} : { agentId: flags.agent }),
  ...(flags.to === undefined ? {} : { to: flags.to }),
  ...(flags.channel === undefined ? {} : { channel: flags.channel }),
  ...(flags.deliver === undefined ? {} : { deliver: flags.deliver }),
  ...(flags.thinking === undefined ? {} : { thinking: flags.thinking }),
  ...(flags.timeout === undefined ? {} : { timeout: flags.timeout }),
});

function hear(turn: Turn, event: GatewayEvent, silent: boolean): void {
  if (event.event !== "agent" || event.payload.runId !== turn.runId) return;
  const { stream, data, sessionKey } = event.payload;
  turn.sessionKey = sessionKey ?? turn.sessionKey;
  if (stream === "tool" && textField(data, "phase") === "start" && turn.writer.isEmpty) turn.progress.say(`using ${cell(data["name"])}`);
  if (stream !== "assistant" || silent) return;
  turn.progress.stop();
  const text = textField(data, "text");
  const delta = textField(data, "delta");
  turn.writer.grow({ ...(text === undefined ? {} : { text }), ...(delta === undefined ? {} : { delta }) });
}

/** Ctrl-C stops the run at the gateway too; a second one does not wait for that. */
function interruptible(io: CliIo, turn: Turn): { readonly interrupted: Promise<"interrupted">; release(): void } {
  let release = (): void => undefined;
  const interrupted = new Promise<"interrupted">((resolve) => {
    let asked = false;
    release = io.onInterrupt(() => {
      if (asked) return resolve("interrupted");
      asked = true;
      void abort(turn).finally(() => {
        turn.writer.endLine();
        resolve("interrupted");
      });
    });
  });
  return { interrupted, release: () => release() };
}

async function abort({ client, runId, sessionKey }: Turn): Promise<void> {
  if (sessionKey === undefined) return;
  // Whatever becomes of it, the person wants to leave.
  await client.call("chat.abort", { sessionKey, runId }, { timeoutMs: ABORT_TIMEOUT_MS }).catch(() => undefined);
}

function show(io: CliIo, flags: AgentFlags, { turn, final }: { turn: Turn; final: AgentFinal }): number {
  turn.progress.stop();
  if (flags.json) {
    printJson(io.stdout, final);
  } else {
    const payloads = final.result?.payloads ?? [];
    turn.writer.finish(payloads.map(({ text }) => text ?? ""));
    for (const url of payloads.flatMap(({ mediaUrl, mediaUrls }) => mediaUrls ?? (mediaUrl ? [mediaUrl] : []))) {
      io.stdout.write(`MEDIA: ${terminalText(url)}\n`);
    }
  }
  if (final.status === "ok") return EXIT.ok;
  if (!flags.json) io.stderr.write(final.status === "timeout" ? "The run took too long and was ended.\n" : `The run ended early: ${cell(final.summary, 300)}\n`);
  return final.status === "timeout" ? EXIT.tryAgain : EXIT.failed;
}

/** A failed run's summary is its own sentence; the code beside it says only that it failed. */
function failureOf(error: unknown): unknown {
  const summary = textField((error as Partial<GatewayError> | undefined)?.payload, "summary");
  if (summary === undefined) return error;
  const { retryable, code } = error as GatewayError;
  const again = retryable || code === "AGENT_TIMEOUT";
  return new CliFailure(cell((error as GatewayError).message, 600), { exitCode: again ? EXIT.tryAgain : EXIT.failed, code, cause: error });
}
