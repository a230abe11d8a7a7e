import { invalidRequest, wireError, type ErrorShape } from "../../../domain/protocol/errors.js";
import type { ParamsOf } from "../../../domain/protocol/catalog.js";
import { asksForFreshSession } from "../../../domain/protocol/methods/agent.js";
import { isKnownChannel } from "../../../domain/messaging/channel-ids.js";
import type { Protocol } from "../../../domain/protocol/version.js";
import { readAttachments } from "../attachments.js";
import { done, refused, type Answer, type Handlers } from "../call.js";
import { deliverAnswer } from "../answer-delivery.js";
import { defaultAgentOf } from "../naming.js";
import { startError } from "../run-refusal.js";
import type { RunEnd } from "../run-facts.js";
import type { Services } from "../services.js";

type AgentMethod = "agent" | "agent.wait" | "agent.identity.get" | "models.list" | "agents.list";

const FRESH = /^\s*\/(?:new|reset)[\s:]*/i;
const DEFAULT_WAIT_MS = 30_000;

/** Runs of an agent, and which agents and models there are. */
export function agentHandlers(services: Services): Handlers<AgentMethod> {
  const { parts, sessions, runs } = services;
  return {
    agent: async (params, caller) => {
      const problem = unknownChannel(services, params);
      if (problem) return refused(problem);
      const resolved = sessions.resolve({ key: params.sessionKey, sessionId: params.sessionId, agentId: params.agentId, method: "agent" });
      if (resolved.kind === "refused") return refused(resolved.error);
      const files = readAttachments("agent", params.attachments);
      if (files.kind === "refused") return refused(files.error);
      const { key, agentId } = resolved;
      if (sessions.get(key)?.sendPolicy === "deny") return refused(invalidRequest("send blocked by session policy"));
      const fresh = asksForFreshSession(params.message);
      if (fresh) await sessions.reset(key, agentId);
      const message = fresh ? params.message.replace(FRESH, "") || "Greet the person: a new session has begun." : params.message;
      const { run } = parts.config.settings();
      const started = runs.start({
        runId: params.idempotencyKey,
        sessionKey: key,
        agentId,
        message,
        attachments: files.attachments,
        timeoutMs: params.timeout === undefined ? run.timeoutMs : params.timeout * 1000,
        ...(params.sessionId ? { sessionId: params.sessionId } : {}),
        ...(params.thinking === undefined ? {} : { thinking: params.thinking }),
        ...modelOf(params),
        ...(params.extraSystemPrompt === undefined ? {} : { extraSystemPrompt: params.extraSystemPrompt }),
      });
      if (started.kind !== "started") return refused(startError(started.kind));
      const accepted = { runId: params.idempotencyKey, status: "accepted" as const, acceptedAt: parts.clock.now(), sessionKey: key, agentId };
      const answer = started.ended.then((end) => conclude(services, { params, key, end, protocol: caller.protocol }));
      return { ...done(accepted), later: { answer, respond: true } };
    },
    "agent.wait": async ({ runId, timeoutMs = DEFAULT_WAIT_MS }, { peer }) => {
      const end = await runs.wait(runId, timeoutMs, peer && ((act) => peer.whenGone(act)));
      if (!end) return done({ runId, status: "timeout" });
      const { startedAt, endedAt, failure, stopReason } = end;
      const status = failure === undefined ? "ok" : failure.reason === "timeout" ? "timeout" : "error";
      return done({ runId, status, startedAt, endedAt, stopReason, ...(failure === undefined ? {} : { error: failure.message }) });
    },
    "agent.identity.get": ({ agentId, sessionKey }) => {
      const resolved = sessions.resolve({ key: sessionKey, agentId, method: "agent.identity.get" });
      if (resolved.kind === "refused") return refused(resolved.error);
      const agent = parts.config.settings().agents.find((candidate) => candidate.id === resolved.agentId);
      const { name = agent?.name, avatar, emoji } = agent?.identity ?? {};
      return done({
        agentId: resolved.agentId,
        ...(name === undefined ? {} : { name }),
        ...(avatar === undefined ? {} : { avatar }),
        ...(emoji === undefined ? {} : { emoji }),
      });
    },
    "models.list": () => done({ models: parts.agent.models().map((model) => ({ ...model, ...(model.input ? { input: [...model.input] } : {}) })) as never }),
    "agents.list": () => {
      const settings = parts.config.settings();
      return done({
        defaultId: defaultAgentOf(settings),
        mainKey: settings.session.mainKey,
        scope: settings.session.scope,
        agents: settings.agents.map(({ id, name, identity }) => ({ id, ...(name === undefined ? {} : { name }), ...(identity === undefined ? {} : { identity: { ...identity } }) })),
      });
    },
  };
}

const modelOf = ({ provider, model }: ParamsOf<"agent">): { model?: string } =>
  model === undefined ? {} : { model: provider === undefined || model.includes("/") ? model : `${provider}/${model}` };

/** A channel named for delivery must be one that exists; one that is only mentioned must at least be known. */
function unknownChannel({ delivery }: Services, params: ParamsOf<"agent">): ErrorShape | undefined {
  const channel = params.replyChannel ?? params.channel;
  if (channel === undefined || channel === "" || channel === "last") return undefined;
  if (params.deliver !== true) {
    const found = isKnownChannel(channel) ? undefined : delivery.find(channel);
    return found !== undefined && "code" in found ? invalidRequest(`invalid agent params: unknown channel: ${channel.slice(0, 64)}`) : undefined;
  }
  const found = delivery.find(channel);
  return "code" in found ? found : undefined;
}

interface Conclusion {
  readonly params: ParamsOf<"agent">;
  readonly key: string;
  readonly end: RunEnd;
  readonly protocol: Protocol;
}

async function conclude(services: Services, { params, key, end, protocol }: Conclusion): Promise<Answer> {
  if (end.failure) return failureAnswer(end, protocol);
  const undelivered = params.deliver === true ? await deliverAnswer(services, { asked: addressOf(params), key, end }) : undefined;
  if (undelivered && params.bestEffortDeliver !== true) {
    return refused(undelivered, { runId: end.runId, status: "error", summary: undelivered.message, result: resultOf(end) });
  }
  return done({ runId: end.runId, status: "ok", summary: "completed", result: resultOf(end), ...(protocol === 4 ? { stopReason: end.stopReason } : {}) });
}

const resultOf = (end: RunEnd) => ({
  payloads: end.text === "" ? [] : [{ text: end.text }],
  meta: {
    durationMs: Math.max(0, end.endedAt - end.startedAt),
    agentMeta: {
      sessionId: end.sessionId,
      provider: end.provider ?? "unknown",
      model: end.model ?? "unknown",
      ...(end.usage === undefined ? {} : { usage: { ...end.usage } }),
    },
    ...(end.failure?.reason === "aborted" ? { aborted: true } : {}),
  },
});

/** Each generation has its own way to say that a run failed: protocol 3 in its summary, protocol 4 by a word for it. */
function failureAnswer(end: RunEnd, protocol: Protocol): Answer {
  const failure = end.failure ?? { reason: "unknown" as const, message: "The run failed." };
  const { reason, message, retryAfterMs } = failure;
  const aborted = reason === "aborted";
  const retry = reason === "rate_limit" || reason === "network" ? { retryable: true, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } : {};
  const error = wireError(reason === "timeout" ? "AGENT_TIMEOUT" : "UNAVAILABLE", message, { details: { reason }, ...retry });
  if (protocol === 3) return refused(error, { runId: end.runId, status: "error", summary: message, result: resultOf(end) });
  const status = reason === "timeout" ? "timeout" : "error";
  const payload = { runId: end.runId, status, summary: aborted ? "aborted" : "failed", stopReason: end.stopReason, result: resultOf(end) };
  return refused(error, payload);
}

const addressOf = (params: ParamsOf<"agent">) => ({
  channel: params.replyChannel ?? params.channel,
  to: params.replyTo ?? params.to,
  accountId: params.replyAccountId ?? params.accountId,
  threadId: params.threadId,
});
