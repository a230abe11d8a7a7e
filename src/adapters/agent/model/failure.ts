import type { EpochMs } from "../../../domain/moment.js";
import type { FailureReason, RunFailure } from "../../../domain/runs/outcome.js";
import { cleanText } from "./redaction.js";

export interface FailureContext {
  readonly provider: string;
  readonly model: string;
  /** What must not be told: the key, header values. */
  readonly secrets: readonly string[];
  readonly now: EpochMs;
}

/** An answer that cannot be read as what was asked for. The message is for people and holds nothing of the answer. */
export class UnusableAnswer extends Error {
  override readonly name = "UnusableAnswer";
}

/** What the layers of an error tell together. SDK errors are read by shape: their classes are loaded late, if at all. */
interface Evidence {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly names: ReadonlySet<string>;
  readonly codes: ReadonlySet<string>;
  /** The provider's own words. */
  readonly said: string;
  /** The provider's own words for the kind of trouble. */
  readonly kind: string;
  /** The sentence of an {@link UnusableAnswer} somewhere in the chain. */
  readonly unusable?: string;
}

const DAY_MS = 86_400_000;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;

const textAt = (value: unknown, key: string): string => {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
};

/** Says what went wrong with a call, in closed reasons and a sentence for the person who asked. Never throws. */
export const failureOf = (error: unknown, context: FailureContext): RunFailure => {
  const evidence = gather(error);
  const reason = reasonOf(evidence);
  const retryAfterMs = reason === "rate_limit" || reason === "network" ? retryAfter(evidence.headers, context.now) : undefined;
  return {
    reason,
    message: sentenceOf(reason, evidence, context),
    provider: context.provider,
    model: context.model,
    ...(evidence.status === undefined ? {} : { httpStatus: evidence.status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
};

const gather = (error: unknown): Evidence => {
  const names = new Set<string>();
  const codes = new Set<string>();
  let status: number | undefined;
  let headers: Readonly<Record<string, string>> = {};
  let body = "";
  let unusable: string | undefined;
  let layer: unknown = error;
  for (let depth = 0; depth < 8 && isRecord(layer); depth += 1) {
    if (textAt(layer, "name") !== "") names.add(textAt(layer, "name"));
    if (layer instanceof UnusableAnswer) unusable ??= textAt(layer, "message");
    if (textAt(layer, "code") !== "") codes.add(textAt(layer, "code"));
    // A stream that broke after a good status carries that status, which says nothing about the trouble.
    if (status === undefined && typeof layer["statusCode"] === "number" && layer["statusCode"] >= 300) {
      status = layer["statusCode"];
      headers = isRecord(layer["responseHeaders"]) ? (layer["responseHeaders"] as Record<string, string>) : {};
      body = textAt(layer, "responseBody");
    }
    layer = layer["cause"];
  }
  // An error that came first thing along the stream is reported by the SDK as a refused request, with a status of its making.
  if (body !== "" && /^text\/event-stream/iu.test(textAt(headers, "content-type"))) return gather(parsed(body));
  // What has a stack, or one of the SDK's names, is this process's own error, and its text is not the provider's.
  const own = isRecord(error) && ("stack" in error || textAt(error, "name").startsWith("AI_"));
  const provider = providerWords(body === "" && own ? "" : body || error);
  return { ...(status === undefined ? {} : { status }), headers, names, codes, ...provider, ...(unusable === undefined ? {} : { unusable }) };
};

/** The JSON in a text, or the text where it is none. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

/** Reads `{error: {message, type, code}}` and its many cousins, as text or as the object that came along the stream. */
const providerWords = (told: unknown): { readonly said: string; readonly kind: string } => {
  let value = typeof told === "string" ? parsed(told) : told;
  // A page of a proxy in between says nothing to the person who asked.
  if (typeof value === "string" && /^\s*</u.test(value)) return { said: "", kind: "" };
  if (Array.isArray(value)) value = value[0];
  const inner = isRecord(value) && isRecord(value["error"]) ? value["error"] : value;
  const said = typeof inner === "string" ? inner : textAt(inner, "message") || textAt(inner, "detail") || textAt(inner, "error");
  const kind = `${textAt(inner, "type")} ${textAt(inner, "code")}`.trim();
  // Patterns are tried on both, and a hostile answer is long.
  return { said: said.slice(0, 4_096), kind: kind.slice(0, 200) };
};

const CONTEXT_LENGTH = /context[\s_-]*(?:length|window|size)|prompt is too long|too many (?:input )?tokens|maximum (?:context|prompt)|(?:input|prompt|request)\b.{0,40}\b(?:too long|exceeds?|too large)|exceeds?.{0,40}\btokens?\b/iu;
const REFUSED_CONTENT = /content[\s_-]*(?:filter|policy|management)|safety|moderation/iu;
const NETWORK_CODES = /^(?:E(?:CONN|NOTFOUND|AI_|HOST|NET|PIPE|TIMEDOUT|PROTO)|UND_ERR_(?:SOCKET|CONNECT|CLOSED|RES)|CERT_|ERR_(?:TLS|SSL|STREAM_PREMATURE)|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/u;
const SLOW_CODES = /^UND_ERR_(?:HEADERS|BODY)_TIMEOUT$/u;
/** What the SDK calls a stream that ended before it was finished. */
const CUT_NAMES: readonly string[] = ["AI_NoOutputGeneratedError", "AI_InvalidResponseDataError"];

const reasonOf = (evidence: Evidence): FailureReason => {
  if (evidence.unusable !== undefined) return "unknown";
  if (evidence.status !== undefined) return reasonOfStatus(evidence.status, evidence);
  if (evidence.names.has("AbortError")) return "aborted";
  if ([...evidence.codes].some((code) => SLOW_CODES.test(code))) return "timeout";
  if ([...evidence.codes].some((code) => NETWORK_CODES.test(code))) return "network";
  if (CUT_NAMES.some((name) => evidence.names.has(name))) return "network";
  return reasonOfWords(evidence) ?? "unknown";
};

const reasonOfStatus = (status: number, evidence: Evidence): FailureReason => {
  if (status === 401 || status === 402 || status === 403) return "auth";
  if (status === 429) return "rate_limit";
  if (status === 408) return "timeout";
  if (status === 413) return "context_length";
  if (status >= 500) return reasonOfWords(evidence) ?? "network";
  if (status === 400 || status === 422) return reasonOfWords(evidence) ?? "unknown";
  return "unknown";
};

const reasonOfWords = ({ kind, said }: Evidence): FailureReason | undefined => {
  if (/rate_?limit|insufficient_quota|\b429\b/iu.test(kind)) return "rate_limit";
  if (/authentication|permission|invalid_api_key|\b40[13]\b/iu.test(kind)) return "auth";
  if (/overloaded|server_error|api_error|unavailable|\b5\d\d\b/iu.test(kind)) return "network";
  if (CONTEXT_LENGTH.test(kind) || CONTEXT_LENGTH.test(said)) return "context_length";
  if (REFUSED_CONTENT.test(kind)) return "refusal";
  return undefined;
};

const sentenceOf = (reason: FailureReason, evidence: Evidence, context: FailureContext): string => {
  const { provider, model } = context;
  if (evidence.unusable !== undefined) return evidence.unusable;
  const status = evidence.status === undefined ? "" : ` (HTTP ${evidence.status})`;
  const said = evidence.status === undefined && evidence.codes.size > 0 && evidence.kind === "" ? "" : quoted(evidence.said, context);
  const code = [...evidence.codes].map((one) => cleanText(one, context.secrets, 40))[0];
  switch (reason) {
    case "aborted": return "The run was stopped.";
    case "auth": return `The model provider "${provider}" refused the gateway's credentials${status}: check models.providers.${provider}.apiKey.${said}`;
    case "rate_limit": return `The model provider "${provider}" takes no more requests for now${status}: try again later.${said}`;
    case "context_length": return `The conversation is too long for the model "${model}"${status}: reset or compact the session, or choose a model with a larger context.${said}`;
    case "refusal": return `The model provider "${provider}" refused to answer this${status}.${said}`;
    case "timeout": return `The model provider "${provider}" did not answer in time${status}.`;
    case "network":
      if (evidence.status !== undefined) return `The model provider "${provider}" is in trouble${status}: try again later.${said}`;
      if (said !== "" && evidence.kind !== "") return `The model provider "${provider}" broke off its answer: try again later.${said}`;
      return code === undefined
        ? `The model provider "${provider}" ended its answer before it was complete.`
        : `The connection to the model provider "${provider}" failed (${code}).`;
    default: return unknownSentence(evidence, { provider, model, status, said });
  }
};

const unknownSentence = (evidence: Evidence, told: { provider: string; model: string; status: string; said: string }): string => {
  if (evidence.status === 404) return `The model provider "${told.provider}" knows no model "${told.model}" at its address${told.status}: check models.providers.${told.provider}.baseUrl and the model's name.${told.said}`;
  if (evidence.status !== undefined && evidence.status >= 300 && evidence.status < 400) {
    return `The model provider "${told.provider}" answered with a redirect${told.status}: set models.providers.${told.provider}.baseUrl to the final address.`;
  }
  if (evidence.names.has("AI_JSONParseError") || evidence.names.has("AI_TypeValidationError")) {
    return `The model provider "${told.provider}" sent something that is not part of its API's format.`;
  }
  if (evidence.status === undefined && told.said === "" && evidence.names.size > 0) {
    return `The model "${told.model}" could not be asked (${[...evidence.names].join(", ").slice(0, 80)}).`;
  }
  return `The model provider "${told.provider}" could not answer${told.status}.${told.said}`;
};

const quoted = (said: string, context: FailureContext): string => {
  const clean = cleanText(said, context.secrets);
  return clean === "" ? "" : ` It said: "${clean}"`;
};

const retryAfter = (headers: Readonly<Record<string, string>>, now: EpochMs): number | undefined => {
  const given = Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" || typeof value === "number" ? [[name.toLowerCase(), String(value).trim()] as const] : []));
  const header = (name: string): string | undefined => given.find(([one]) => one === name)?.[1];
  const ms = Number(header("retry-after-ms") || Number.NaN);
  if (Number.isFinite(ms)) return bounded(ms);
  const text = header("retry-after");
  if (text === undefined || text === "") return undefined;
  if (/^\d+(?:\.\d+)?$/u.test(text)) return bounded(Number(text) * 1000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : bounded(at - now);
};

const bounded = (ms: number): number => Math.min(Math.max(Math.ceil(ms), 0), DAY_MS);
