import type { SessionEntry } from "../../../domain/sessions/session.js";
import { isJsonObject, type JsonObject } from "./json-object.js";

type Stored = Omit<SessionEntry, "key" | "agentId" | "sessionId" | "updatedAt" | "extra">;

const OPTIONAL: Readonly<Record<keyof Stored, "string" | "number" | "boolean">> = {
  label: "string",
  displayName: "string",
  channel: "string",
  chatType: "string",
  thinkingLevel: "string",
  verboseLevel: "string",
  reasoningLevel: "string",
  elevatedLevel: "string",
  responseUsage: "string",
  sendPolicy: "string",
  groupActivation: "string",
  execHost: "string",
  execSecurity: "string",
  execAsk: "string",
  execNode: "string",
  spawnedBy: "string",
  modelOverride: "string",
  providerOverride: "string",
  systemSent: "boolean",
  abortedLastRun: "boolean",
  inputTokens: "number",
  outputTokens: "number",
  totalTokens: "number",
  lastChannel: "string",
  lastTo: "string",
  lastAccountId: "string",
  lastThreadId: "string",
};

const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(OPTIONAL));

/** Under which key a stored entry is known. Old indexes leave out the agent: their `main` is `agent:<agentId>:main`. */
export const sessionKeyOf = (stored: string, agentId: string): string =>
  stored === "global" || stored === "unknown" || stored.startsWith("agent:") ? stored : `agent:${agentId}:${stored}`;

/**
 * Reads an entry of an index. `undefined` for one that names no transcript, and so is no session. A member that is
 * unknown, or not of the kind expected of it, is kept in `extra` and so written back as it came.
 */
export function parseSession(value: unknown, { key, agentId }: { key: string; agentId: string }): SessionEntry | undefined {
  if (!isJsonObject(value)) return undefined;
  const { sessionId, updatedAt, ...members } = value;
  if (typeof sessionId !== "string" || sessionId === "") return undefined;
  const entries = Object.entries(members);
  const extra = entries.filter(([name, member]) => KINDS.get(name) !== typeof member);
  return {
    key,
    agentId,
    sessionId,
    updatedAt: typeof updatedAt === "number" && Number.isFinite(updatedAt) ? updatedAt : 0,
    ...Object.fromEntries(entries.filter(([name, member]) => KINDS.get(name) === typeof member)),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
}

export function renderSession(entry: SessionEntry): JsonObject {
  const { key: _key, agentId: _agentId, extra, ...stored } = entry;
  return { ...extra, ...stored };
}
