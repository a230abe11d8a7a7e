import { parseChatKey } from "./chat-key.js";

/** Which agents exist and how their main chat is called. */
export interface SessionNaming {
  readonly defaultAgentId: string;
  readonly mainKey: string;
  readonly scope: "per-sender" | "global";
}

/** Ids that become file names: no separator, no leading dot, bounded. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
// oxlint-disable-next-line no-control-regex -- the point is to refuse them
const UNPRINTABLE = /[\u0000-\u001f\u007f]/;

export const isFileSafeId = (id: string): boolean => ID.test(id) && !id.includes("..");

export const mainSessionKey = (naming: SessionNaming, agentId = naming.defaultAgentId): string =>
  naming.scope === "global" ? "global" : `agent:${agentId}:${naming.mainKey}`;

/**
 * One spelling for each session: `agent:<agentId>:<rest>`, or `global` and `unknown` as they are.
 * A bare `main` is the default agent's main chat, any other bare key one of its sessions. `undefined` for a key that can't be one.
 */
export function canonicalSessionKey(raw: string, naming: SessionNaming, agentId = naming.defaultAgentId): string | undefined {
  const key = raw.trim();
  if (key.length === 0 || key.length > 512 || UNPRINTABLE.test(key)) return undefined;
  if (key === "global" || key === "unknown") return key;
  if (key === "main" || key === naming.mainKey) return mainSessionKey(naming, agentId);
  if (!key.startsWith("agent:")) return `agent:${agentId}:${key}`;
  const [, owner = "", ...rest] = key.split(":");
  if (!isFileSafeId(owner) || rest.join(":").length === 0) return undefined;
  return rest.length === 1 && rest[0] === "main" ? mainSessionKey(naming, owner) : key;
}

/** The agent a canonical key belongs to. */
export function agentOfKey(key: string, naming: SessionNaming): string {
  return key.startsWith("agent:") ? (key.split(":")[1] ?? naming.defaultAgentId) : naming.defaultAgentId;
}

export function kindOfKey(key: string): "direct" | "group" | "global" | "unknown" {
  if (key === "global" || key === "unknown") return key;
  const kind = parseChatKey(key)?.kind;
  if (kind !== undefined) return kind === "direct" ? "direct" : "group";
  return /:(group|channel|room):/.test(key.replace(/^agent:[^:]*/, "")) ? "group" : "direct";
}
