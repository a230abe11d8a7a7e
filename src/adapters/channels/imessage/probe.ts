import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost, ProbeOutcome } from "../../../ports/channel.js";
import { ImsgClient } from "./client.js";
import type { IMessageConfig } from "./config.js";
import { judgeLaunch } from "./failures.js";
import type { OwnMemory } from "./own-memory.js";
import { heartbeat } from "./session.js";

export interface ProbeParts {
  readonly host: ChannelHost;
  readonly config: IMessageConfig;
  readonly own: OwnMemory;
  /** The imsg that is running; where there is none, one is started for the question. */
  readonly running: ImsgClient | undefined;
}

/** Whether imsg can read Messages, now. */
export async function probeImsg({ host, config, own, running }: ProbeParts, cancel: Cancel): Promise<ProbeOutcome> {
  if (cancel.aborted) return { kind: "failed", trouble: "network", reason: "The question was given up before it was asked." };
  const startedAt = host.clock.now();
  const opened = running === undefined ? await ImsgClient.open({ config, clock: host.clock }) : { kind: "open" as const, client: running };
  if (opened.kind === "not-started") {
    const { trouble, message } = judgeLaunch(opened.code);
    return { kind: "failed", trouble, reason: message };
  }
  const { client } = opened;
  try {
    const beat = await heartbeat({ client, own });
    if ("state" in beat) return { kind: "failed", trouble: beat.trouble, reason: beat.message };
    const [id] = own.echo.kept.addresses;
    return { kind: "ok", latencyMs: host.clock.now() - startedAt, ...(id === undefined ? {} : { identity: { id } }) };
  } finally {
    if (running === undefined) await client.stop();
  }
}
