import type { IncomingMessage, ServerResponse } from "node:http";
import { fieldsOf, listOf, textOf } from "../../domain/foreign-fields.js";
import { readChatRequest, type ChatRequest } from "../../domain/hooks/chat-request.js";
import type { AuthSettings } from "../../domain/settings.js";
import type { ErrorShape } from "../../domain/protocol/errors.js";
import { traceOf } from "../../domain/reason.js";
import type { Ids } from "../../ports/ids.js";
import type { Log } from "../../ports/log.js";
import { giveJson, headerOf, parseJson, readBody } from "./body.js";
import { CallerGate, type GateParts } from "./caller-gate.js";
import type { GatewayCalls, Said } from "./gateway-calls.js";

export const CHAT_PATH = "/v1/chat/completions";
const MAX_BODY = 20 * 1024 * 1024;
const SESSION_HEADER = "x-openclaw-session-key";

export interface ChatParts extends GateParts {
  readonly ids: Ids;
  readonly log: Log;
  readonly calls: GatewayCalls;
  readonly auth: () => AuthSettings;
  /** Off unless the configuration says otherwise. */
  readonly isOn: () => boolean;
}

interface Run {
  readonly id: string;
  readonly sessionKey: string;
  readonly created: number;
  readonly request: ChatRequest;
}

/** The OpenAI chat completions API over an agent of this gateway, for programs that know no other. As strong as the owner's own connection. */
export class ChatDoor {
  readonly #parts: ChatParts;
  readonly #gate: CallerGate;

  constructor(parts: ChatParts) {
    this.#parts = parts;
    this.#gate = new CallerGate(parts);
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): boolean => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    if (path !== CHAT_PATH || !this.#parts.isOn()) return false;
    void this.#serve(request, response).catch((error: unknown) => {
      this.#parts.log.error("a chat completion broke down", { error: traceOf(error) });
      if (response.headersSent) response.destroy();
      else refuse(response, 500, { message: "The gateway broke down over this call.", type: "server_error" });
    });
    return true;
  };

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") return refuse(response, 405, { message: "Chat completions are asked for with POST.", type: "invalid_request_error" }, { Allow: "POST" });
    if (!(await this.#mayCall(request, response))) return;
    // A page elsewhere can send other types without being asked first.
    if (!/^application\/json\b/i.test(headerOf(request, "content-type") ?? "")) return refuse(response, 415, { message: "The body must be application/json.", type: "invalid_request_error" });
    const body = await readBody(request, MAX_BODY);
    if (body === "too-large") return refuse(response, 413, { message: `The body may have ${MAX_BODY} bytes at most.`, type: "invalid_request_error" }, { Connection: "close" });
    const parsed = body === "broken" ? undefined : parseJson(body);
    if (parsed === undefined) return refuse(response, 400, { message: "The body is not JSON.", type: "invalid_request_error" });
    const reading = readChatRequest(parsed.value);
    if (reading.kind === "refused") return refuse(response, 400, { message: reading.message, type: "invalid_request_error", param: reading.param });
    await this.#run(reading.request, request, response);
  }

  async #mayCall(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const auth = this.#parts.auth();
    if (auth.mode === "none") {
      if (this.#gate.isOwnProcess(request)) return true;
      refuse(response, 401, { message: "Without gateway.auth only processes of the gateway's own host may ask.", type: "authentication_error" });
      return false;
    }
    const verdict = await this.#gate.judge(request, auth.mode === "token" ? auth.token : auth.password);
    if (verdict.kind === "open") return true;
    if (verdict.kind === "locked") refuse(response, 429, { message: "Too many wrong keys from this address.", type: "rate_limit_error" }, { "Retry-After": String(Math.ceil(verdict.retryAfterMs / 1_000)) });
    else refuse(response, 401, { message: "The API key is the gateway's token or password (gateway.auth).", type: "authentication_error", code: "invalid_api_key" });
    return false;
  }

  async #run(request: ChatRequest, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { ids, calls, clock } = this.#parts;
    const id = ids.uuid();
    const sessionKey = headerOf(incoming, SESSION_HEADER) ?? `openai:${request.user ?? id}`;
    const run: Run = { id, sessionKey, created: Math.floor(clock.now() / 1_000), request };
    // Listened to before it starts: nothing of it is missed.
    const events = request.stream ? calls.events("agent") : undefined;
    try {
      const { first, last } = await calls.ask("agent", {
        message: request.message,
        sessionKey,
        idempotencyKey: id,
        ...(request.agentId === undefined ? {} : { agentId: request.agentId }),
        ...(request.system === undefined ? {} : { extraSystemPrompt: request.system }),
        ...(request.images.length === 0 ? {} : { attachments: request.images.map(({ mimeType, base64 }) => ({ type: "image", mimeType, content: base64 })) }),
      });
      if (!first.ok) return refuse(response, statusOf(first.error), { message: first.error.message, type: "invalid_request_error" });
      // Nobody reads on: the model need not write on.
      response.once("close", () => {
        if (!response.writableFinished) void calls.ask("chat.abort", { sessionKey, runId: id });
      });
      const end = (await this.#streamed(run, events, { last, response })) ?? (await last);
      if (end === undefined || response.destroyed) return;
      if (request.stream) finishStream(response, run, end);
      else if (end.ok) giveJson(response, 200, wholeAnswer(run, end.payload));
      else refuse(response, 502, { message: end.error.message, type: "server_error" });
    } finally {
      await events?.return?.();
    }
  }

  /** Hands on what the run says while it says it, until its end. */
  async #streamed(run: Run, events: ReturnType<GatewayCalls["events"]> | undefined, { last, response }: { readonly last: Promise<Said<unknown>> | undefined; readonly response: ServerResponse }): Promise<Said<unknown> | undefined> {
    if (events === undefined || last === undefined) return undefined;
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Accel-Buffering": "no" });
    tell(response, chunk(run, { role: "assistant", content: "" }));
    const over = last.then((end) => ({ done: true as const, end }));
    for (;;) {
      const next = await Promise.race([events.next(), over]);
      if ("end" in next) return next.end;
      if (next.done === true) return await last;
      const { runId, stream, data } = next.value as { runId: string; stream: string; data: unknown };
      if (runId !== run.id) continue;
      const phase = fieldsOf(data)?.["phase"];
      if (stream === "lifecycle" && (phase === "end" || phase === "error")) return await last;
      const delta = stream === "assistant" ? textOf(fieldsOf(data)?.["delta"]) : undefined;
      if (delta !== undefined) tell(response, chunk(run, { content: delta }));
    }
  }
}

const statusOf = ({ code }: ErrorShape): number => (code === "UNAVAILABLE" ? 503 : 400);

interface Complaint {
  readonly message: string;
  readonly type: string;
  readonly param?: string;
  readonly code?: string;
}

const refuse = (response: ServerResponse, status: number, { param = null, code = null, ...rest }: Omit<Complaint, "param" | "code"> & { param?: string | null; code?: string | null }, headers: Readonly<Record<string, string>> = {}): void =>
  giveJson(response, status, { error: { ...rest, param, code } }, headers);

const tell = (response: ServerResponse, data: unknown): void => void response.write(`data: ${JSON.stringify(data)}\n\n`);

const base = ({ id, created, request }: Run) => ({ id: `chatcmpl-${id}`, created, model: request.model });

const chunk = (run: Run, delta: object, finish: string | null = null) =>
  ({ ...base(run), object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] });

const textsOf = (payload: unknown): string =>
  listOf(fieldsOf(fieldsOf(payload)?.["result"])?.["payloads"]).map(({ text }) => textOf(text)).filter((text) => text !== undefined).join("\n\n");

function usageOf(payload: unknown) {
  const meta = fieldsOf(fieldsOf(fieldsOf(payload)?.["result"])?.["meta"]);
  const usage = fieldsOf(fieldsOf(meta?.["agentMeta"])?.["usage"]) ?? {};
  const [input, output] = [Number(usage["input"] ?? 0), Number(usage["output"] ?? 0)];
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

const wholeAnswer = (run: Run, payload: unknown) => ({
  ...base(run),
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: textsOf(payload) }, finish_reason: "stop" }],
  usage: usageOf(payload),
});

function finishStream(response: ServerResponse, run: Run, end: Said<unknown>): void {
  if (end.ok) {
    tell(response, chunk(run, {}, "stop"));
    if (run.request.includeUsage) tell(response, { ...base(run), object: "chat.completion.chunk", choices: [], usage: usageOf(end.payload) });
  } else tell(response, { error: { message: end.error.message, type: "server_error", param: null, code: null } });
  response.end("data: [DONE]\n\n");
}
