import { invalidRequest, type ErrorShape } from "../../domain/protocol/errors.js";
import { deliveryTarget, type Delivery } from "./delivery.js";
import type { RunEnd } from "./run-facts.js";
import type { SessionDesk } from "./session-desk.js";

/** Where whoever asked for a run wants its answer; what is left open is where the session's last message came from. */
export interface AnswerAddress {
  readonly channel: string | undefined;
  readonly to: string | undefined;
  readonly accountId?: string | undefined;
  readonly threadId?: string | undefined;
}

/** Brings what a run said to a chat. Gives back why it could not. */
export async function deliverAnswer(
  { delivery, sessions }: { readonly delivery: Delivery; readonly sessions: SessionDesk },
  { asked, key, end }: { readonly asked: AnswerAddress; readonly key: string; readonly end: RunEnd },
): Promise<ErrorShape | undefined> {
  if (end.text === "") return undefined;
  const target = deliveryTarget(asked, sessions.get(key));
  // WebChat is where the session already is: the answer stands in its transcript.
  if (target.channel === "webchat" && (target.to === undefined || target.to === key)) return undefined;
  if (target.channel === undefined || target.to === undefined) {
    return invalidRequest("the answer could not be delivered: name a channel and a recipient (this session has none to go by)");
  }
  const outcome = await delivery.send({
    id: `run:${end.runId}`,
    channel: target.channel,
    accountId: target.accountId,
    to: target.to,
    threadId: target.threadId,
    text: end.text,
    sessionKey: key,
  });
  return outcome.kind === "refused" ? outcome.error : undefined;
}
