import { invalidRequest, type ErrorShape } from "../../../domain/protocol/errors.js";
import type { ParamsOf } from "../../../domain/protocol/catalog.js";
import type { MessageRef, OutboundPart } from "../../../domain/messaging/outbound.js";
import type { ActionOutcome } from "../../../domain/messaging/outbound.js";
import type { Channel } from "../../../ports/channel.js";
import { done, refused, type Handlers } from "../call.js";
import { nameOf } from "../channel-book.js";
import { deliveryTarget } from "../delivery.js";
import type { OutboundSource } from "../outbound-media.js";
import type { Services } from "../services.js";

type Act = (channel: Channel, message: MessageRef) => Promise<ActionOutcome>;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Messages out through a channel. */
export function messagingHandlers({ delivery, sessions, renderer }: Services): Handlers<"send" | "poll" | "message.action"> {
  return {
    send: async (params, caller) => {
      const session = sessions.resolve({ key: params.sessionKey, agentId: params.agentId, method: "send" });
      if (session.kind === "refused") return refused(session.error);
      const target = params.channel === "last" ? deliveryTarget(params, sessions.get(session.key)) : { ...params, channel: params.channel };
      if (params.channel === "last" && target.channel === undefined) return refused(invalidRequest("no channel was used in this session yet; name one"));
      const media = sourcesOf(params);
      if ("code" in media) return refused(media);
      const outcome = await delivery.send({
        id: `send:${caller.principal}:${params.idempotencyKey}`,
        channel: target.channel,
        accountId: target.accountId,
        to: params.to,
        threadId: target.threadId,
        text: params.message ?? "",
        media,
        replyTo: params.replyToId,
        silent: params.silent,
        buttons: params.buttons,
        isRendered: params.parseMode === "HTML",
        ...(params.sessionKey === undefined ? {} : { sessionKey: session.key }),
      });
      if (outcome.kind === "refused") return refused(outcome.error);
      const { channel, messageId, chatId } = outcome;
      return done({ runId: params.idempotencyKey, messageId, channel, ...(chatId === undefined ? {} : { chatId }) });
    },
    poll: async (params, caller) => {
      const maxSelections = params.maxSelections ?? 1;
      if (maxSelections > params.options.length) return refused(invalidRequest("invalid poll params: maxSelections is larger than the number of options"));
      const durationMs = params.durationSeconds !== undefined ? params.durationSeconds * 1000 : params.durationHours !== undefined ? params.durationHours * 3_600_000 : undefined;
      const outcome = await delivery.poll({
        id: `poll:${caller.principal}:${params.idempotencyKey}`,
        channel: params.channel,
        accountId: params.accountId,
        to: params.to,
        threadId: params.threadId,
        silent: params.silent,
        poll: {
          question: params.question,
          options: params.options,
          maxSelections,
          ...(durationMs === undefined ? {} : { durationMs }),
          ...(params.isAnonymous === undefined ? {} : { isAnonymous: params.isAnonymous }),
        },
      });
      if (outcome.kind === "refused") return refused(outcome.error);
      const { channel, messageId, pollId } = outcome;
      return done({ runId: params.idempotencyKey, messageId, channel, ...(pollId === undefined ? {} : { pollId }) });
    },
    "message.action": async ({ channel, accountId, action, params, idempotencyKey }) => {
      const { to, messageId, threadId } = params;
      if (to === undefined || to === "" || messageId === undefined || messageId === "") {
        return refused(invalidRequest("invalid message.action params: at /params: `to` and `messageId` say which message is meant"));
      }
      const act = actOf(action, params, { idempotencyKey, render: (of) => renderer.markdown(nameOf(of), params.message ?? "")[0] });
      if ("code" in act) return refused(act.code);
      const problem = await delivery.act({ id: idempotencyKey, channel, accountId, to, threadId, messageId }, act.run);
      return problem === undefined ? done({ ok: true, action, channel, messageId }) : refused(problem);
    },
  };
}

function actOf(
  action: string,
  { message, emoji, remove }: ParamsOf<"message.action">["params"],
  { idempotencyKey, render }: { idempotencyKey: string; render: (channel: Channel) => OutboundPart | undefined },
): { readonly run: Act } | { readonly code: ErrorShape } {
  const lacking = (what: string) => ({ code: invalidRequest(`invalid message.action params: at /params: ${action} needs \`${what}\``) });
  switch (action) {
    case "edit":
      if (message === undefined || message.trim() === "") return lacking("message");
      return { run: async (channel, ref) => {
        const part = render(channel);
        return part === undefined ? { kind: "refused", code: "invalid", reason: "The new text shows nothing." } : channel.edit(ref, part, { key: idempotencyKey, cancel: new AbortController().signal });
      } };
    case "delete":
    case "unsend":
      return { run: (channel, ref) => channel.remove(ref) };
    case "react":
      if (emoji === undefined || emoji === "") return lacking("emoji");
      return { run: (channel, ref) => channel.react(ref, emoji, remove !== true) };
    default:
      return { code: invalidRequest(`unknown message action "${action.slice(0, 32)}"; this gateway has edit, delete and react`) };
  }
}

function sourcesOf(params: ParamsOf<"send">): readonly OutboundSource[] | ErrorShape {
  const how = { ...(params.asVoice === true ? { asVoice: true } : {}), ...(params.forceDocument === true ? { asDocument: true } : {}) };
  const urls = [...(params.mediaUrls ?? []), ...(params.mediaUrl === undefined ? [] : [params.mediaUrl])];
  const sources: OutboundSource[] = urls.map((url) => ({ kind: "url", url, ...how }));
  if (params.buffer === undefined || params.buffer === "") return sources;
  const base64 = params.buffer.replace(/^data:[^,]*;base64,/, "");
  const plain = base64.replaceAll(/\s/g, "");
  if (!BASE64.test(plain) || plain.replace(/=+$/, "").length % 4 === 1) return invalidRequest("invalid send params: at /buffer: must be base64");
  const bytes = Uint8Array.from(atob(plain.replace(/=+$/, "")), (character) => character.charCodeAt(0));
  const facts = { ...(params.filename === undefined ? {} : { fileName: params.filename }), ...(params.contentType === undefined ? {} : { mimeType: params.contentType }) };
  return [...sources, { kind: "bytes", bytes, ...facts, ...how }];
}
