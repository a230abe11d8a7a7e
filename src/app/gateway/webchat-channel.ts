import type { Channel } from "../../ports/channel.js";
import type { Clock } from "../../ports/clock.js";
import type { Ids } from "../../ports/ids.js";
import { defineChannel } from "./define-channel.js";
import type { Hub } from "./hub.js";
import { messageOf } from "./run.js";
import type { SessionDesk } from "./session-desk.js";

/** A note that stands in a session as if the assistant had said it, and is shown to whoever watches. */
export async function say(
  deps: { readonly hub: Hub; readonly sessions: SessionDesk; readonly ids: Ids; readonly clock: Clock },
  note: { readonly key: string; readonly agentId: string; readonly text: string },
): Promise<string> {
  const messageId = deps.ids.uuid();
  const timestamp = deps.clock.now();
  const entry = await deps.sessions.ensure(note.key, note.agentId);
  await deps.sessions.append(entry, [{ id: messageId, role: "assistant", content: [{ type: "text", text: note.text }], timestamp, stopReason: "injected" }]);
  deps.hub.broadcast("chat", {
    runId: `inject-${messageId}`,
    sessionKey: note.key,
    seq: 0,
    state: "final",
    message: messageOf(note.text, timestamp),
  });
  return messageId;
}

/** The gateway's own chat: what is sent here stands in the session's transcript and shows in every chat window. */
export function webChatChannel(deps: { readonly hub: Hub; readonly sessions: SessionDesk; readonly ids: Ids; readonly clock: Clock }): Channel {
  return defineChannel({
    id: "webchat",
    label: "WebChat",
    abilities: { text: { limit: 1_000_000, unit: "utf16", dialect: "markdown" } },
    send: async ({ chatId }, { body }) => {
      if (body.kind !== "text") return { kind: "refused", code: "unsupported", reason: "WebChat can't carry that yet." };
      const target = deps.sessions.resolve({ key: chatId, method: "send" });
      if (target.kind === "refused") return { kind: "refused", code: "unknown-target", reason: `${target.error.message}.` };
      const messageId = await say(deps, { key: target.key, agentId: target.agentId, text: body.text.text });
      return { kind: "delivered", messageId, chatId: target.key };
    },
  });
}
