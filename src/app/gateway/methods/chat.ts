import { isStopWord } from "../../../domain/messaging/stop-word.js";
import { invalidRequest } from "../../../domain/protocol/errors.js";
import type { ResultOf } from "../../../domain/protocol/catalog.js";
import type { TranscriptMessage } from "../../../domain/sessions/session.js";
import { readAttachments } from "../attachments.js";
import { done, refused, type Answer, type Handlers } from "../call.js";
import type { RunEnd } from "../run-facts.js";
import { entryView } from "../session-desk.js";
import { say } from "../webchat-channel.js";
import type { Services } from "../services.js";
import { startError } from "../run-refusal.js";

type ChatMethod = "chat.send" | "chat.history" | "chat.abort" | "chat.inject";

const HISTORY_LIMIT = 200;
const HISTORY_BYTES = 6 * 1024 * 1024;

/** The WebChat family: turns whose results come as `chat` events. */
export function chatHandlers(services: Services): Handlers<ChatMethod> {
  const { parts, sessions, runs, hub } = services;

  const abort = (sessionKey: string, runIds: readonly string[], reason: "rpc" | "stop") => {
    const stopped = runs.abort(runIds.filter((runId) => runs.sessionOf(runId) === sessionKey), reason);
    return { ok: true as const, aborted: stopped.length > 0, runIds: [...stopped] };
  };

  return {
    "chat.send": (params) => {
      const resolved = sessions.resolve({ key: params.sessionKey, agentId: params.agentId, method: "chat.send" });
      if (resolved.kind === "refused") return refused(resolved.error);
      const { key, agentId } = resolved;
      if (isStopWord(params.message)) return done(abort(key, runs.activeIn(key), "stop"));
      const files = readAttachments("chat.send", params.attachments);
      if (files.kind === "refused") return refused(files.error);
      if (params.message.trim() === "" && files.attachments.length === 0) return refused(invalidRequest("invalid chat.send params: message must not be empty"));
      if (sessions.get(key)?.sendPolicy === "deny") return refused(invalidRequest("send blocked by session policy"));
      const runId = params.idempotencyKey;
      const started = runs.start({
        runId,
        // A page that sends it again after the gateway was restarted means the same message, which may be written down already.
        messageId: runId,
        sessionKey: key,
        agentId,
        message: params.message,
        attachments: files.attachments,
        timeoutMs: params.timeoutMs ?? parts.config.settings().run.timeoutMs,
        ...(params.thinking === undefined ? {} : { thinking: params.thinking }),
      });
      if (started.kind !== "started") return refused(startError(started.kind));
      return { ...done({ runId, status: "started" as const }), later: { answer: started.ended.then(replayed), respond: false } };
    },
    "chat.history": async ({ sessionKey, agentId, limit = HISTORY_LIMIT, offset = 0 }, caller) => {
      const resolved = sessions.resolve({ key: sessionKey, agentId, method: "chat.history" });
      if (resolved.kind === "refused") return refused(resolved.error);
      const entry = sessions.get(resolved.key);
      const stored = entry ? await sessions.history(entry, offset + limit + 1) : [];
      const upTo = Math.max(0, stored.length - offset);
      const page = stored.slice(Math.max(0, upTo - limit), upTo);
      const messages = withinBytes(page, HISTORY_BYTES);
      const more = upTo > messages.length;
      const [active] = runs.activeIn(resolved.key);
      const v4: Partial<ResultOf<"chat.history">> = {
        pendingInputs: [],
        sessionInfo: entry ? entryView(entry) : {},
        defaults: {},
        offset,
        nextOffset: more ? offset + messages.length : null,
        hasMore: more,
        ...(active === undefined ? {} : { inFlightRun: { runId: active } }),
      };
      return done({
        sessionKey,
        ...(entry === undefined ? {} : { sessionId: entry.sessionId }),
        messages: messages.map((message) => ({ ...message, content: message.content.map((part) => ({ ...part })) })),
        thinkingLevel: entry?.thinkingLevel ?? "off",
        ...(caller.protocol === 4 ? v4 : {}),
      });
    },
    "chat.abort": ({ sessionKey, runId, agentId }) => {
      const resolved = sessions.resolve({ key: sessionKey, agentId, method: "chat.abort" });
      if (resolved.kind === "refused") return refused(resolved.error);
      const owner = runId === undefined ? undefined : runs.sessionOf(runId);
      if (owner !== undefined && owner !== resolved.key) return refused(invalidRequest("runId does not match sessionKey"));
      return done(abort(resolved.key, runId === undefined ? runs.activeIn(resolved.key) : [runId], "rpc"));
    },
    "chat.inject": async ({ sessionKey, message, label, agentId }) => {
      const resolved = sessions.resolve({ key: sessionKey, agentId, method: "chat.inject" });
      if (resolved.kind === "refused") return refused(resolved.error);
      const text = label === undefined ? message : `[${label}]\n\n${message}`;
      const messageId = await say({ hub, sessions, ids: parts.ids, clock: parts.clock }, { key: resolved.key, agentId: resolved.agentId, text });
      return done({ ok: true, messageId });
    },
  };
}

/** What a repeated `chat.send` hears once its run has ended. */
const replayed = (end: RunEnd): Answer =>
  end.failure
    ? refused({ code: "UNAVAILABLE", message: end.failure.message }, { runId: end.runId, status: "error", summary: end.failure.message })
    : done({ runId: end.runId, status: "ok" });

/** The newest messages that fit, oldest first. */
function withinBytes(messages: readonly TranscriptMessage[], limit: number): readonly TranscriptMessage[] {
  let left = limit;
  let from = messages.length;
  for (const message of messages.toReversed()) {
    left -= JSON.stringify(message).length;
    if (left < 0) break;
    from -= 1;
  }
  return messages.slice(from);
}
