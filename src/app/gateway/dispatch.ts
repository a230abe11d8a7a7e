import { judgeAccess } from "../../domain/access/access.js";
import { canonicalText } from "../../domain/idempotency/canonical.js";
import { DedupeWindow } from "../../domain/idempotency/dedupe-window.js";
import { findMethod, isLiveMethod, type LiveMethod } from "../../domain/protocol/catalog.js";
import type { MethodSpec } from "../../domain/protocol/define.js";
import { invalidRequest, unavailable, wireError, type ErrorShape } from "../../domain/protocol/errors.js";
import { traceOf } from "../../domain/reason.js";
import { refused, type Answer, type Caller, type Handler, type Handlers, type Outcome } from "./call.js";
import type { GatewayParts } from "./parts.js";

/** A keyed request under way: its first answer, once there is one. */
interface InFlight {
  readonly first: Promise<Outcome>;
  settled?: Outcome;
}

export interface Request {
  readonly method: string;
  readonly params?: unknown;
}

/** A method that does not exist may have any name, a megabyte long for instance. */
const MAX_SHOWN_NAME = 128;

type DispatchParts = Pick<GatewayParts, "clock" | "log" | "validator" | "signatures" | "metrics">;

/** What ends work that is under way is taken to the last. */
const ENDS_WORK: ReadonlySet<string> = new Set<LiveMethod>(["node.invoke.result", "node.invoke.progress"]);

/** From a request to an answer: catalogue, access, schema, idempotency, handler; in this order, for every caller alike. */
export class Dispatcher {
  readonly #window = new DedupeWindow<InFlight, Answer>();
  readonly #parts: DispatchParts;
  readonly #handlers: Handlers;
  /** Set while the gateway ends: nothing new with an effect is begun. */
  draining = false;

  constructor(parts: DispatchParts, handlers: Handlers) {
    this.#parts = parts;
    this.#handlers = handlers;
  }

  async dispatch(request: Request, caller: Caller): Promise<Outcome> {
    const spec = findMethod(request.method);
    if (!spec) return refused(invalidRequest(request.method === "connect" ? "connect is only valid as the first request" : `unknown method: ${request.method.slice(0, MAX_SHOWN_NAME)}`));
    const params = request.params ?? {};
    const denied = this.#deny(request.method, { spec, params, caller });
    if (denied) return refused(denied);
    const method = request.method as LiveMethod;
    if (this.draining && spec.effect !== "read" && !ENDS_WORK.has(method)) return refused(unavailable("the gateway is shutting down; retry shortly", { retryable: true, retryAfterMs: 1500 }));
    return spec.effect === "keyed" ? this.#runKeyed(method, params, caller) : this.#run(method, params, caller);
  }

  #deny(method: string, { spec, params, caller }: { spec: MethodSpec; params: unknown; caller: Caller }): ErrorShape | undefined {
    // The params decide the scope of some methods, so their shape comes first; what is wrong with them tells nothing secret.
    const wrongRole = spec.role !== caller.role;
    const problem = wrongRole ? undefined : this.#parts.validator.explain(spec.params, params);
    const access = judgeAccess(spec, caller, problem === undefined ? params : undefined);
    if (access.kind === "wrong-role") return invalidRequest(`unauthorized role: ${access.role}`);
    if (access.kind === "missing-scope") return missingScope(access, caller);
    if (!isLiveMethod(method)) return unavailable(`${method} is not available in this gateway`, { details: { code: "METHOD_NOT_AVAILABLE", method } });
    return problem === undefined ? undefined : invalidRequest(`invalid ${method} params: ${problem}`);
  }

  async #run(method: LiveMethod, params: unknown, caller: Caller): Promise<Outcome> {
    try {
      // The schema has just proven that these params are this method's.
      const handler = this.#handlers[method] as unknown as Handler<LiveMethod>;
      return await handler(params as never, caller);
    } catch (error) {
      return this.#failed(method, error);
    }
  }

  #failed(method: LiveMethod, error: unknown): Answer<never> {
    this.#parts.log.error("a method failed", { method, error: traceOf(error) });
    return refused(unavailable(`${method} failed inside the gateway; its log has the cause`));
  }

  async #runKeyed(method: LiveMethod, params: unknown, caller: Caller): Promise<Outcome> {
    const key = (params as { idempotencyKey: string }).idempotencyKey;
    const text = canonicalText(params);
    if (text === undefined) return refused(invalidRequest(`invalid ${method} params: nested too deeply`));
    const claim = { principal: caller.principal, method, key, payloadHash: this.#parts.signatures.digest(text) };
    const verdict = this.#window.judge(claim, this.#parts.clock.now());
    if (verdict.kind !== "run") this.#parts.metrics?.repeated(verdict.kind);
    switch (verdict.kind) {
      case "replay":
        return verdict.result;
      case "join":
        return this.#join(method, verdict.inFlight, caller);
      case "faded":
        return refused(unavailable("this was carried out, but its answer was too large to be kept; use a new idempotencyKey to do it again", { details: { code: "ANSWER_NOT_KEPT" } }));
      case "conflict":
        return refused(
          invalidRequest(`idempotencyKey was already used for a different ${method} request; use a new key for a new request`, {
            code: "IDEMPOTENCY_CONFLICT",
          }),
        );
      case "full":
        return refused(unavailable("too many requests under way; retry shortly", { retryable: true, retryAfterMs: 1000 }));
      case "run":
        break;
    }
    const { ticket } = verdict;
    const inFlight: InFlight = { first: this.#run(method, params, caller).then((outcome) => this.#whole(method, outcome)) };
    this.#window.start(ticket, inFlight);
    const outcome = await inFlight.first;
    inFlight.settled = outcome;
    const settle = (answer: Answer): void => this.#window.settle(ticket, answer, this.#parts.clock.now(), weightOf(answer));
    if (outcome.later) void outcome.later.answer.then(settle);
    // Nothing was done yet, and the client was told to try again: the same words for five minutes would make that a lie.
    else if (!outcome.ok && outcome.error.retryable === true) this.#window.release(ticket);
    else settle(outcome);
    return outcome;
  }

  /** A later answer always comes: a key whose work broke down must not stay in flight for ever. */
  #whole(method: LiveMethod, outcome: Outcome): Outcome {
    if (!outcome.later) return outcome;
    const { answer, respond } = outcome.later;
    return { ...outcome, later: { answer: answer.catch((error: unknown) => this.#failed(method, error)), respond } };
  }

  /** The same request while the first is still at work: told so, or made to wait where there is nothing to tell yet. */
  async #join(method: LiveMethod, inFlight: InFlight, caller: Caller): Promise<Outcome> {
    const first = inFlight.settled ?? (await inFlight.first);
    if (!first.later || !first.ok) return first;
    // Protocol 3 knows no "in flight" for an agent run: it hears the acceptance once more.
    if (method === "agent" && caller.protocol === 3) return { ok: true, payload: first.payload };
    const { runId, sessionKey } = first.payload as { runId: string; sessionKey?: string };
    return { ok: true, payload: { runId, status: "in_flight", ...(method === "agent" && sessionKey ? { sessionKey } : {}) } };
  }
}

/** Light ones are bounded by their number. */
const LIGHT = 4_096;

const weightOf = (answer: Answer): number => {
  const characters = answer.ok ? (answer.json?.length ?? 0) : 0;
  return characters < LIGHT ? 0 : characters;
};

function missingScope(access: { readonly missing: string; readonly required: readonly string[] }, caller: Caller): ErrorShape {
  const message = `missing scope: ${access.missing}`;
  if (caller.protocol === 3) return invalidRequest(message);
  return wireError("FORBIDDEN", message, { details: { code: "MISSING_SCOPE", missingScope: access.missing, requiredScopes: access.required } });
}
