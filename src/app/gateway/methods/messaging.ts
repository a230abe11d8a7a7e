import { invalidRequest } from "../../../domain/protocol/errors.js";
import { done, refused, type Handlers } from "../call.js";
import { deliveryTarget } from "../delivery.js";
import type { Services } from "../services.js";

/** Messages out through a channel. */
export function messagingHandlers({ delivery, sessions }: Services): Handlers<"send" | "poll"> {
  return {
    send: async (params) => {
      const mediaUrls = [...(params.mediaUrls ?? []), ...(params.mediaUrl === undefined ? [] : [params.mediaUrl])];
      const session = sessions.resolve({ key: params.sessionKey, agentId: params.agentId, method: "send" });
      if (session.kind === "refused") return refused(session.error);
      const target = params.channel === "last" ? deliveryTarget(params, sessions.get(session.key)) : { channel: params.channel, accountId: params.accountId };
      if (params.channel === "last" && target.channel === undefined) return refused(invalidRequest("no channel was used in this session yet; name one"));
      const outcome = await delivery.send(target.channel, {
        to: params.to,
        text: params.message ?? "",
        mediaUrls,
        idempotencyKey: params.idempotencyKey,
        ...(target.accountId === undefined ? {} : { accountId: target.accountId }),
      });
      if (outcome.kind === "refused") return refused(outcome.error);
      const { channel, messageId, chatId } = outcome;
      return done({ runId: params.idempotencyKey, messageId, channel, ...(chatId === undefined ? {} : { chatId }) });
    },
    poll: async (params) => {
      const maxSelections = params.maxSelections ?? 1;
      if (maxSelections > params.options.length) return refused(invalidRequest("invalid poll params: maxSelections is larger than the number of options"));
      const outcome = await delivery.poll(params.channel, {
        to: params.to,
        question: params.question,
        options: params.options,
        maxSelections,
        idempotencyKey: params.idempotencyKey,
        ...(params.durationHours === undefined ? {} : { durationHours: params.durationHours }),
        ...(params.accountId === undefined ? {} : { accountId: params.accountId }),
      });
      if (outcome.kind === "refused") return refused(outcome.error);
      const { channel, messageId, pollId } = outcome;
      return done({ runId: params.idempotencyKey, messageId, channel, ...(pollId === undefined ? {} : { pollId }) });
    },
  };
}
