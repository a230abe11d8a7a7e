import { fieldsOf, textOf, type Fields } from "../../foreign-fields.js";
import { problemOfPattern } from "./pattern.js";

export const SECURITIES = ["deny", "allowlist", "full"] as const;
export const ASKS = ["off", "on-miss", "always"] as const;
/** Which programs may run: none, those on the list, any. */
export type ExecSecurity = (typeof SECURITIES)[number];
/** When a person is asked. */
export type ExecAsk = (typeof ASKS)[number];

export interface ExecRule {
  readonly security: ExecSecurity;
  readonly ask: ExecAsk;
  /** What holds where a person was to be asked and nobody answered. */
  readonly askFallback: ExecSecurity;
}

export interface AllowEntry {
  readonly pattern: string;
  /** Under which agent it stands; `*` for all. */
  readonly agentId: string;
}

export interface ExecPolicy extends ExecRule {
  readonly allowlist: readonly AllowEntry[];
}

/** The file that says which commands of an agent may run on a host, as it lies there: an object of which other programs keep parts of their own. */
export type ExecApprovalsFile = Fields;

/** What holds where a file says nothing, and where there is none. */
export const DEFAULT_RULE: ExecRule = { security: "allowlist", ask: "on-miss", askFallback: "deny" };
export const EMPTY_APPROVALS: ExecApprovalsFile = { version: 1, defaults: { ...DEFAULT_RULE }, agents: {} };
/** Whose commands those are that name no agent. */
const MAIN_AGENT = "main";
/** The entry whose list holds for every agent. */
const EVERY_AGENT = "*";

const MAX_ENTRIES = 1000;
const MAX_AGENTS = 200;

/** A plain lookup would find what every object has. */
const member = (fields: Fields | undefined, name: string): unknown => (fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined);

/** What is wrong with a file, as a path and what was expected there; `undefined` where it can be used. Quotes nothing of it. */
export function problemOfApprovals(value: unknown): string | undefined {
  const file = fieldsOf(value);
  if (file === undefined) return "the file must be an object";
  if (member(file, "version") !== undefined && member(file, "version") !== 1) return "version must be 1";
  const agents = member(file, "agents") ?? {};
  const byName = fieldsOf(agents);
  if (byName === undefined) return "agents must be an object";
  const names = Object.keys(byName);
  if (names.length > MAX_AGENTS) return `agents must be at most ${MAX_AGENTS}`;
  const problems = [problemOfRule(member(file, "defaults"), "defaults"), ...names.map((name, nth) => problemOfAgent(byName[name], `agents[${nth}]`))];
  return problems.find((problem) => problem !== undefined);
}

function problemOfRule(value: unknown, at: string): string | undefined {
  if (value === undefined) return undefined;
  const rule = fieldsOf(value);
  if (rule === undefined) return `${at} must be an object`;
  const wrong = (name: string, words: readonly string[]): string | undefined => {
    const given = member(rule, name);
    return given === undefined || words.includes(given as string) ? undefined : `${at}.${name} must be one of ${words.join(", ")}`;
  };
  return wrong("security", SECURITIES) ?? wrong("ask", ASKS) ?? wrong("askFallback", SECURITIES);
}

function problemOfAgent(value: unknown, at: string): string | undefined {
  const problem = problemOfRule(value ?? null, at);
  if (problem !== undefined) return problem;
  const list = member(fieldsOf(value), "allowlist") ?? [];
  if (!Array.isArray(list)) return `${at}.allowlist must be a list`;
  if (list.length > MAX_ENTRIES) return `${at}.allowlist must have at most ${MAX_ENTRIES} entries`;
  const wrong = list.findIndex((entry: unknown) => patternOf(entry) === undefined);
  return wrong < 0 ? undefined : `${at}.allowlist[${wrong}].pattern must be a text`;
}

/** An entry is an object, or the pattern alone. */
const patternOf = (entry: unknown): string | undefined => textOf(entry) ?? textOf(member(fieldsOf(entry), "pattern"));

/** What a usable file says of one agent: its own words before those of `*`, those before the defaults; lists together. */
export function policyOf(file: ExecApprovalsFile, agentId: string = MAIN_AGENT): ExecPolicy {
  const agents = fieldsOf(member(file, "agents"));
  const own = fieldsOf(member(agents, agentId));
  const shared = agentId === EVERY_AGENT ? undefined : fieldsOf(member(agents, EVERY_AGENT));
  const sources = [own, shared, fieldsOf(member(file, "defaults"))];
  const say = <T extends string>(name: string, words: readonly T[], otherwise: T): T => {
    const said = sources.map((source) => member(source, name)).find((word) => word !== undefined);
    return words.includes(said as T) ? (said as T) : otherwise;
  };
  return {
    security: say("security", SECURITIES, DEFAULT_RULE.security),
    ask: say("ask", ASKS, DEFAULT_RULE.ask),
    askFallback: say("askFallback", SECURITIES, DEFAULT_RULE.askFallback),
    allowlist: [...entriesOf(own, agentId), ...entriesOf(shared, EVERY_AGENT)],
  };
}

function entriesOf(source: Fields | undefined, agentId: string): readonly AllowEntry[] {
  const list = member(source, "allowlist");
  return Array.isArray(list) ? list.map(patternOf).flatMap((pattern) => (pattern === undefined ? [] : [{ pattern, agentId }])) : [];
}

/** The agents that a file names, and the patterns of each. */
export const listedPatterns = (file: ExecApprovalsFile): readonly { readonly agentId: string; readonly patterns: readonly string[] }[] =>
  Object.entries(fieldsOf(member(file, "agents")) ?? {}).map(([agentId, agent]) => ({ agentId, patterns: entriesOf(fieldsOf(agent), agentId).map(({ pattern }) => pattern) }));

type Entry = Readonly<Record<string, unknown>>;

/** A copy in which one agent's list went through `change`. Whatever else stands there stays. */
function withList(file: ExecApprovalsFile, agentId: string, change: (entries: readonly Entry[]) => readonly Entry[]): ExecApprovalsFile {
  const agents = fieldsOf(member(file, "agents")) ?? {};
  const agent = fieldsOf(member(agents, agentId)) ?? {};
  const list = member(agent, "allowlist");
  const entries = (Array.isArray(list) ? list : []).map((entry: unknown) => fieldsOf(entry) ?? { pattern: entry });
  const changed = Object.fromEntries([...Object.entries(agents).filter(([name]) => name !== agentId), [agentId, { ...agent, allowlist: change(entries) }]]);
  return { version: 1, ...file, agents: changed };
}

export type AllowRefusal = "no-pattern" | "too-many";

/** Puts a pattern on an agent's list, where it is not there already. */
export function withAllowed(file: ExecApprovalsFile, { agentId = MAIN_AGENT, pattern }: { agentId?: string; pattern: string }): ExecApprovalsFile | AllowRefusal {
  if (problemOfPattern(pattern) !== undefined) return "no-pattern";
  const has = policyOf(file, agentId).allowlist.some((entry) => entry.pattern === pattern);
  if (has) return file;
  const added = withList(file, agentId, (entries) => [...entries, { pattern }]);
  return problemOfApprovals(added) === undefined ? added : "too-many";
}

/** Takes a pattern off an agent's list; `undefined` where it is not on it. */
export function withoutAllowed(file: ExecApprovalsFile, { agentId = MAIN_AGENT, pattern }: { agentId?: string; pattern: string }): ExecApprovalsFile | undefined {
  const has = listedPatterns(file).some((one) => one.agentId === agentId && one.patterns.includes(pattern));
  return has ? withList(file, agentId, (entries) => entries.filter((entry) => entry["pattern"] !== pattern)) : undefined;
}

/** When an entry last let something through, as far as somebody noted it. */
export function lastUse(file: ExecApprovalsFile, { agentId, pattern }: AllowEntry): number {
  const list = member(fieldsOf(member(fieldsOf(member(file, "agents")), agentId)), "allowlist");
  const at = Array.isArray(list) ? list.map((entry: unknown) => fieldsOf(entry)).find((entry) => entry?.["pattern"] === pattern)?.["lastUsedAt"] : undefined;
  return typeof at === "number" ? at : 0;
}

/** Notes when an entry last let something through, and what. */
export const withUse = (file: ExecApprovalsFile, use: { readonly agentId: string; readonly pattern: string; readonly at: number; readonly resolvedPath: string }): ExecApprovalsFile =>
  withList(file, use.agentId, (entries) =>
    entries.map((entry) => (entry["pattern"] === use.pattern ? { ...entry, lastUsedAt: use.at, lastResolvedPath: use.resolvedPath } : entry)));

/** A copy to be shown: the socket's secret is left out. */
export function shownApprovals(file: ExecApprovalsFile): ExecApprovalsFile {
  const socket = fieldsOf(member(file, "socket"));
  if (socket === undefined) return file;
  return { ...file, socket: Object.fromEntries(Object.entries(socket).filter(([name]) => name !== "token")) };
}

/** What replaces `current` when somebody who was shown it sends `next`: the secret that they could not see stays, and they can't set one. */
export function replacedApprovals(current: ExecApprovalsFile, next: ExecApprovalsFile): ExecApprovalsFile {
  const token = member(fieldsOf(member(current, "socket")), "token");
  const { socket: _given, ...rest } = shownApprovals(next);
  const socket = fieldsOf(member(shownApprovals(next), "socket")) ?? fieldsOf(member(shownApprovals(current), "socket"));
  if (socket === undefined && token === undefined) return rest;
  return { ...rest, socket: { ...socket, ...(token === undefined ? {} : { token }) } };
}
