import { isFileSafeId, kindOfKey, mainSessionKey } from "../../../domain/sessions/key.js";
import { textOf, type SessionEntry, type TranscriptMessage } from "../../../domain/sessions/session.js";
import { invalidRequest, unavailable } from "../../../domain/protocol/errors.js";
import type { ParamsOf } from "../../../domain/protocol/catalog.js";
import type { SessionRow } from "../../../domain/protocol/methods/sessions.js";
import { done, refused, type Handlers } from "../call.js";
import { entryView, unknownAgent } from "../session-desk.js";
import type { Services } from "../services.js";

type SessionMethod =
  | "sessions.list" | "sessions.preview" | "sessions.resolve" | "sessions.patch" | "sessions.reset" | "sessions.delete" | "sessions.compact";

const DEFAULT_LIMIT = 200;
const MAX_PREVIEWS = 64;
const MAX_PREVIEW_ITEMS = 50;
const MAX_PREVIEW_CHARS = 2_000;
/** How long a deletion waits for a run of the session to end. */
const DELETE_WAIT_MS = 15_000;

const shorten = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`);

/** The sessions: their list, their settings, their transcripts' length. */
export function sessionHandlers({ parts, sessions, runs }: Services): Handlers<SessionMethod> {
  const rowOf = (entry: SessionEntry): SessionRow => {
    const { extra, key, agentId: _agentId, modelOverride, providerOverride, ...rest } = entry;
    const activeRunIds = runs.activeIn(key);
    return {
      ...extra,
      ...rest,
      key,
      kind: kindOfKey(key),
      ...(modelOverride === undefined ? {} : { model: modelOverride }),
      ...(providerOverride === undefined ? {} : { modelProvider: providerOverride }),
      hasActiveRun: activeRunIds.length > 0,
      ...(activeRunIds.length > 0 ? { activeRunIds } : {}),
    };
  };

  const lastTexts = async (entry: SessionEntry, ask: ParamsOf<"sessions.list">): Promise<Partial<SessionRow>> => {
    if (ask.includeDerivedTitles !== true && ask.includeLastMessage !== true) return {};
    const messages = (await sessions.history(entry, 50)).filter((message) => textOf(message) !== "");
    const first = messages.find((message) => message.role === "user");
    const last = messages.at(-1);
    return {
      ...(ask.includeDerivedTitles === true && first ? { derivedTitle: shorten(textOf(first).replaceAll(/\s+/g, " "), 60) } : {}),
      ...(ask.includeLastMessage === true && last ? { lastMessagePreview: shorten(textOf(last).replaceAll(/\s+/g, " "), 160) } : {}),
    };
  };

  const matches = (entry: SessionEntry, ask: ParamsOf<"sessions.list">, now: number): boolean => {
    const needle = ask.search?.trim().toLowerCase();
    return (
      (ask.includeGlobal !== false || entry.key !== "global") &&
      (ask.includeUnknown === true || entry.key !== "unknown") &&
      (ask.agentId === undefined || entry.agentId === ask.agentId) &&
      (ask.label === undefined || entry.label === ask.label) &&
      (ask.spawnedBy === undefined || entry.spawnedBy === ask.spawnedBy) &&
      (ask.activeMinutes === undefined || now - entry.updatedAt <= ask.activeMinutes * 60_000) &&
      (!needle || [entry.key, entry.label, entry.displayName, entry.sessionId].some((text) => text?.toLowerCase().includes(needle)))
    );
  };

  /** The session a request names, or why it can't be had. */
  const known = (key: string, method: string, agentId?: string) => {
    const resolved = sessions.resolve({ key, agentId, method });
    if (resolved.kind === "refused") return resolved;
    const entry = sessions.get(resolved.key);
    return entry ? ({ kind: "entry", entry } as const) : ({ kind: "missing", key: resolved.key, agentId: resolved.agentId } as const);
  };

  return {
    "sessions.list": async (ask) => {
      // An agent that is no longer configured may still have sessions, so the id need only be one.
      if (ask.agentId !== undefined && !isFileSafeId(ask.agentId)) return refused(unknownAgent("sessions.list", ask.agentId));
      const ts = parts.clock.now();
      const all = [...parts.sessions.list()].filter((entry) => matches(entry, ask, ts)).sort((a, b) => b.updatedAt - a.updatedAt);
      const offset = ask.offset ?? 0;
      const limit = ask.limit ?? DEFAULT_LIMIT;
      const page = all.slice(offset, offset + limit);
      const model = parts.agent.models()[0];
      const rows: SessionRow[] = [];
      for (const entry of page) rows.push({ ...rowOf(entry), ...(await lastTexts(entry, ask)) });
      const hasMore = offset + page.length < all.length;
      return done({
        ts,
        path: parts.sessions.location(ask.agentId ?? sessions.naming().defaultAgentId),
        count: rows.length,
        defaults: { modelProvider: model?.provider ?? null, model: model?.id ?? null, contextTokens: model?.contextWindow ?? null },
        sessions: rows,
        totalCount: all.length,
        limitApplied: limit,
        offset,
        nextOffset: hasMore ? offset + page.length : null,
        hasMore,
      });
    },
    "sessions.preview": async ({ keys, limit = 12, maxChars = 240 }) => {
      const previews = [];
      for (const key of keys.slice(0, MAX_PREVIEWS)) {
        const found = known(key, "sessions.preview");
        if (found.kind !== "entry") {
          previews.push({ key, status: found.kind === "missing" ? ("missing" as const) : ("error" as const), items: [] });
          continue;
        }
        const messages = (await sessions.history(found.entry, Math.min(limit, MAX_PREVIEW_ITEMS))).filter((message) => textOf(message) !== "");
        const chars = Math.min(maxChars, MAX_PREVIEW_CHARS);
        const items = messages.map((message: TranscriptMessage) => ({ role: message.role, text: shorten(textOf(message), chars) }));
        previews.push({ key, status: items.length > 0 ? ("ok" as const) : ("empty" as const), items });
      }
      return done({ ts: parts.clock.now(), previews });
    },
    "sessions.resolve": (ask) => {
      const given = [ask.key, ask.sessionId, ask.label].filter((text) => text !== undefined && text !== "");
      if (given.length !== 1) return refused(invalidRequest("sessions.resolve takes exactly one of key, sessionId or label"));
      if (ask.key !== undefined) {
        const found = known(ask.key, "sessions.resolve", ask.agentId);
        if (found.kind === "refused") return refused(found.error);
        return found.kind === "entry" ? done({ ok: true, key: found.entry.key }) : refused(invalidRequest(`No session found: ${ask.key}`));
      }
      const hits = [...parts.sessions.list()].filter(
        (entry) =>
          (ask.sessionId === undefined || entry.sessionId === ask.sessionId) &&
          (ask.label === undefined || entry.label === ask.label) &&
          (ask.agentId === undefined || entry.agentId === ask.agentId) &&
          (ask.spawnedBy === undefined || entry.spawnedBy === ask.spawnedBy),
      );
      const [hit] = hits;
      if (!hit) return refused(invalidRequest(`No session found: ${given[0]}`));
      return hits.length === 1 ? done({ ok: true, key: hit.key }) : refused(invalidRequest(`More than one session fits; name it by key (${hits.slice(0, 5).map(({ key }) => key).join(", ")})`));
    },
    "sessions.patch": async ({ key, agentId, ...patch }) => {
      const found = known(key, "sessions.patch", agentId);
      if (found.kind === "refused") return refused(found.error);
      const label = typeof patch.label === "string" ? patch.label : undefined;
      const target = found.kind === "entry" ? found.entry.key : found.key;
      if (label !== undefined && [...parts.sessions.list()].some((other) => other.label === label && other.key !== target)) {
        return refused(invalidRequest(`label already in use: ${label}`));
      }
      const entry = found.kind === "entry" ? found.entry : await sessions.ensure(found.key, found.agentId);
      const patched = (await sessions.amend(entry.key, (current) => applyPatch(current, patch, parts.clock.now()))) ?? entry;
      return done({ ok: true, path: parts.sessions.location(patched.agentId), key: patched.key, entry: entryView(patched) });
    },
    "sessions.reset": async ({ key, agentId, expectedSessionId }) => {
      const resolved = sessions.resolve({ key, agentId, method: "sessions.reset" });
      if (resolved.kind === "refused") return refused(resolved.error);
      const current = sessions.get(resolved.key);
      if (expectedSessionId !== undefined && current && current.sessionId !== expectedSessionId) {
        return refused(invalidRequest("the session was reset meanwhile; list it again"));
      }
      runs.abort(runs.activeIn(resolved.key), "stop");
      return done({ ok: true, key: resolved.key, entry: entryView(await sessions.reset(resolved.key, resolved.agentId)) });
    },
    "sessions.delete": async ({ key, agentId, deleteTranscript = true }) => {
      const found = known(key, "sessions.delete", agentId);
      if (found.kind === "refused") return refused(found.error);
      const target = found.kind === "entry" ? found.entry.key : found.key;
      if (target === mainSessionKey(sessions.naming(), found.kind === "entry" ? found.entry.agentId : found.agentId)) {
        return refused(invalidRequest(`the main session (${target}) can't be deleted; reset it instead`));
      }
      if (found.kind === "missing") return done({ ok: true, key: target, deleted: false, archived: [] });
      const active = runs.activeIn(target);
      runs.abort(active, "stop");
      for (const runId of active) {
        if (!(await runs.wait(runId, DELETE_WAIT_MS))) return refused(unavailable("a run of this session is still ending; retry shortly", { retryable: true, retryAfterMs: 1000 }));
      }
      const archived = deleteTranscript ? await parts.sessions.archive(found.entry) : undefined;
      await parts.sessions.put(target, undefined);
      return done({ ok: true, key: target, deleted: true, archived: archived === undefined ? [] : [archived] });
    },
    "sessions.compact": async ({ key, agentId, maxLines = 400 }) => {
      const found = known(key, "sessions.compact", agentId);
      if (found.kind === "refused") return refused(found.error);
      if (found.kind === "missing") return done({ ok: true, key: found.key, compacted: false, reason: "no transcript" });
      if (runs.activeIn(found.entry.key).length > 0) return refused(unavailable("a run of this session is under way; retry when it ended", { retryable: true, retryAfterMs: 2000 }));
      const length = (await sessions.history(found.entry, maxLines + 1)).length;
      if (length <= maxLines) return done({ ok: true, key: found.entry.key, compacted: false, kept: length });
      const archived = await parts.sessions.archive(found.entry, maxLines);
      return done({ ok: true, key: found.entry.key, compacted: true, kept: maxLines, ...(archived === undefined ? {} : { archived }) });
    },
  };
}

/** Settings that the index names as the request does; the rest of what a client may patch is kept with the entry as it is. */
const OWN_FIELDS = [
  "label", "thinkingLevel", "verboseLevel", "reasoningLevel", "responseUsage", "elevatedLevel", "execHost", "execSecurity", "execAsk",
  "execNode", "spawnedBy", "sendPolicy", "groupActivation",
] as const;
const EXTRA_FIELDS = ["fastMode", "pinned", "archived", "unread", "category"] as const;

function applyPatch(entry: SessionEntry, patch: Readonly<Record<string, unknown>>, updatedAt: number): SessionEntry {
  const next: Record<string, unknown> = { ...entry, updatedAt };
  const extra: Record<string, unknown> = { ...entry.extra };
  const set = (target: Record<string, unknown>, name: string, value: unknown): void => {
    if (value === null) delete target[name];
    else if (value !== undefined) target[name] = value;
  };
  for (const name of OWN_FIELDS) set(next, name, patch[name]);
  for (const name of EXTRA_FIELDS) set(extra, name, patch[name]);
  set(next, "modelOverride", patch["model"]);
  return { ...next, extra } as unknown as SessionEntry;
}
