import { countOf, fieldsOf, textOf } from "../../domain/foreign-fields.js";

/** Something that the gateway asks of this node. */
export interface Invocation {
  readonly id: string;
  readonly command: string;
  /** As they came: whatever a caller may have sent. */
  readonly params: unknown;
  /** How long the caller waits, in milliseconds. */
  readonly timeoutMs: number;
  /** The same in each attempt at the same call. */
  readonly idempotencyKey: string;
  readonly sessionKey?: string;
}

export type ReadInvocation =
  | { readonly kind: "asked"; readonly invocation: Invocation }
  /** It can be answered, but only with this refusal: a whole sentence. */
  | { readonly kind: "unreadable"; readonly id: string; readonly command: string; readonly message: string }
  /** Not ours, or without an id that an answer could be sent under. */
  | { readonly kind: "ignored" };

/** For gateways that name none, which are those that cannot call a command off either. */
const LONGEST_MS = 10 * 60_000;

/** Reads the payload of `node.invoke.request`. Some gateways send the params themselves in place of their JSON. */
export function readInvocation(payload: unknown, nodeId: string): ReadInvocation {
  const fields = fieldsOf(payload);
  const id = textOf(fields?.["id"]);
  const command = textOf(fields?.["command"]);
  if (!fields || id === undefined || command === undefined) return { kind: "ignored" };
  const addressee = textOf(fields["nodeId"]);
  if (addressee !== undefined && addressee !== nodeId) return { kind: "ignored" };
  const params = paramsOf(fields);
  if (params === undefined) return { kind: "unreadable", id, command, message: "The params are no JSON: send an object." };
  const timeoutMs = countOf(fields["timeoutMs"]);
  const sessionKey = textOf(fields["sessionKey"]);
  return {
    kind: "asked",
    invocation: {
      id,
      command,
      params: params.value,
      timeoutMs: timeoutMs !== undefined && timeoutMs > 0 ? Math.min(timeoutMs, LONGEST_MS) : LONGEST_MS,
      idempotencyKey: textOf(fields["idempotencyKey"]) ?? id,
      ...(sessionKey === undefined ? {} : { sessionKey }),
    },
  };
}

function paramsOf({ paramsJSON, params }: Readonly<Record<string, unknown>>): { readonly value: unknown } | undefined {
  if (typeof paramsJSON !== "string" || paramsJSON.trim() === "") return { value: params ?? {} };
  try {
    return { value: JSON.parse(paramsJSON) as unknown };
  } catch {
    return undefined;
  }
}
