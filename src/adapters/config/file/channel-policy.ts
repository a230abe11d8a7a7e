import { DEFAULT_POLICY, type AccountPolicy, type DmPolicy, type GroupPolicy, type GroupRules, type QueueMode } from "../../../domain/messaging/policy.js";
import { findUnusableEntries } from "../../../domain/messaging/sender-list.js";
import { DEFAULT_VISIBILITY, type HeartbeatVisibility } from "../../../domain/schedule/heartbeat-settings.js";
import type { ConfigIssue } from "../../../ports/config-source.js";
import { pathTo } from "./fit.js";

/** A part of the file whose keys are the channel's own beside those that all channels share. */
export type Section = Readonly<Record<string, unknown>>;

export interface PolicyReport {
  readonly issues: ConfigIssue[];
  readonly warnings: ConfigIssue[];
}

export const isSection = (value: unknown): value is Section => typeof value === "object" && value !== null && !Array.isArray(value);
export const sectionOf = (value: unknown): Section => (isSection(value) ? value : {});

const DM_POLICIES: readonly DmPolicy[] = ["pairing", "allowlist", "open", "disabled"];
const GROUP_POLICIES: readonly GroupPolicy[] = ["open", "allowlist", "disabled"];
/** What OpenClaw's queue modes come to here. */
const QUEUE_MODES: ReadonlyMap<string, QueueMode> = new Map([
  ["queue", "queue"], ["followup", "queue"], ["steer", "steer"], ["steer-backlog", "steer"], ["steer+backlog", "steer"], ["collect", "collect"], ["interrupt", "collect"],
]);
const DRAFTS = new Set<unknown>([true, "draft", "partial", "block", "progress"]);
/** A name, as a pattern of a configuration of January may write it. */
const PLAIN_NAME = /^(?:\\b)?@?\??([\p{L}\p{N}_ -]{1,64}?)(?:\\b)?$/u;

export interface Place {
  readonly path: string;
  readonly report: PolicyReport;
}

/** A place in the section of a channel, which says what an id is. */
interface ChannelPlace extends Place {
  readonly channel: string;
}

/** `shared`: what the file says for all channels. */
export interface SharedPolicy {
  readonly mentionNames: readonly string[];
  readonly historyLimit?: number;
  readonly queueMode?: QueueMode;
  readonly groupPolicy?: GroupPolicy;
  readonly heartbeat?: HeartbeatVisibility;
}

/** The shared keys of one account. Wrong values are issues that say what was expected; the rest is for the channel to read. */
export function readPolicy(section: Section, shared: SharedPolicy, place: ChannelPlace): AccountPolicy {
  const dm = sectionOf(section["dm"]);
  const dmPolicy = choice(section["dmPolicy"], DM_POLICIES, at(place, "dmPolicy")) ?? choice(dm["policy"], DM_POLICIES, at(at(place, "dm"), "policy"));
  const groups = new Map([...groupsOf(section["groups"], at(place, "groups")), ...roomsOf(section["channels"], at(place, "channels")), ...guildsOf(section["guilds"], at(place, "guilds"))]);
  const agentId = section["agentId"];
  return {
    ...DEFAULT_POLICY,
    ...given({
      dmPolicy: dm["enabled"] === false ? "disabled" : dmPolicy,
      allowFrom: idsOf(section["allowFrom"], at(place, "allowFrom")) ?? idsOf(dm["allowFrom"], at(at(place, "dm"), "allowFrom")),
      groupPolicy: choice(section["groupPolicy"], GROUP_POLICIES, at(place, "groupPolicy")) ?? shared.groupPolicy,
      groupAllowFrom: idsOf(section["groupAllowFrom"], at(place, "groupAllowFrom")),
      requireMention: flagOf(section["requireMention"], at(place, "requireMention")),
      historyLimit: countOf(section["historyLimit"], at(place, "historyLimit")) ?? shared.historyLimit,
      allowBots: flagOf(section["allowBots"], at(place, "allowBots")),
      queueMode: queueModeOf(section["queueMode"], at(place, "queueMode")) ?? shared.queueMode,
      streaming: streamingOf(section),
      agentId: typeof agentId === "string" && agentId !== "" ? agentId : undefined,
    }),
    groups,
    mentionNames: shared.mentionNames,
    heartbeat: visibilityOf(section["heartbeat"], shared.heartbeat ?? DEFAULT_VISIBILITY, at(place, "heartbeat")),
  };
}

/** What people see of heartbeats; what is not said is as it is elsewhere. */
export function visibilityOf(value: unknown, elsewhere: HeartbeatVisibility, place: Place): HeartbeatVisibility {
  if (value === undefined) return elsewhere;
  if (!isSection(value)) return wrong(place, "an object with showOk, showAlerts and useIndicator") ?? elsewhere;
  const { showOk, showAlerts, useIndicator } = value;
  return { ...elsewhere, ...given({ showOk: flagOf(showOk, at(place, "showOk")), showAlerts: flagOf(showAlerts, at(place, "showAlerts")), useIndicator: flagOf(useIndicator, at(place, "useIndicator")) }) };
}

const at = <P extends Place>(place: P, key: string): P => ({ ...place, path: pathTo(place.path, key) });

/** The sections of an object of groups, rooms or guilds. One that is something else is an issue and no group. */
function entriesOf(value: unknown, place: ChannelPlace): readonly (readonly [string, Section])[] {
  if (value === undefined) return [];
  if (!isSection(value)) return wrong(place, "an object with a section for each id") ?? [];
  return Object.entries(value).flatMap(([id, entry]) => (isSection(entry) ? [[id, entry] as const] : (wrong(at(place, id), "an object with the rules of this id") ?? [])));
}

const groupsOf = (value: unknown, place: ChannelPlace): readonly (readonly [string, GroupRules])[] =>
  entriesOf(value, place).map(([id, entry]) => [id, rulesOf(entry, at(place, id))] as const);

/** A guild's rules hold for all of its channels, under the guild's id; each channel may have its own. */
function guildsOf(value: unknown, place: ChannelPlace): readonly (readonly [string, GroupRules])[] {
  return entriesOf(value, place).flatMap(([id, guild]) => {
    return [[id, forMembers(rulesOf(guild, at(place, id)))] as const, ...roomsOf(guild["channels"], at(at(place, id), "channels"))];
  });
}

/** Whoever names a room of a workspace means those who are in it, where he does not say whom. */
const forMembers = (rules: GroupRules): GroupRules => ({ allowFrom: ["*"], ...rules });

const roomsOf = (value: unknown, place: ChannelPlace): readonly (readonly [string, GroupRules])[] => groupsOf(value, place).map(([id, rules]) => [id, forMembers(rules)] as const);

function rulesOf(rules: Section, place: ChannelPlace): GroupRules {
  const agentId = rules["agentId"];
  return given({
    enabled: flagOf(rules["enabled"] ?? rules["allow"], at(place, "enabled")),
    requireMention: flagOf(rules["requireMention"], at(place, "requireMention")),
    allowFrom: idsOf(rules["allowFrom"], at(place, "allowFrom")) ?? idsOf(rules["users"], at(place, "users")),
    agentId: typeof agentId === "string" && agentId !== "" ? agentId : undefined,
  });
}

/** Ids may be written as numbers; those that a number can't hold exactly must be texts. What can be nobody's id is a warning. */
function idsOf(value: unknown, place: ChannelPlace): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return wrong(place, "a list of ids");
  const ids: string[] = [];
  for (const [nth, id] of value.entries()) {
    const path = pathTo(place.path, nth);
    const text = idText(id);
    if (text === undefined) wrong({ ...place, path }, "an id as a text");
    else ids.push(text);
    for (const { message } of text === undefined ? [] : findUnusableEntries(place.channel, [text])) place.report.warnings.push({ path, message });
  }
  return ids;
}

/** An id as it is kept, of a text or of a number that holds it exactly. */
export const idText = (value: unknown): string | undefined => (typeof value === "string" ? value : Number.isSafeInteger(value) ? String(value) : undefined);

function flagOf(value: unknown, place: Place): boolean | undefined {
  return value === undefined || typeof value === "boolean" ? value : wrong(place, "true or false");
}

export function countOf(value: unknown, place: Place): number | undefined {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0) ? (value as number | undefined) : wrong(place, "a whole number from 0 on");
}

export function queueModeOf(value: unknown, place: Place): QueueMode | undefined {
  if (value === undefined) return undefined;
  const mode = typeof value === "string" ? QUEUE_MODES.get(value) : undefined;
  return mode ?? wrong(place, "one of queue, steer, collect");
}

const streamingOf = (section: Section): AccountPolicy["streaming"] | undefined => {
  const value = section["streaming"] ?? section["streamMode"];
  return value === undefined ? undefined : DRAFTS.has(value) ? "draft" : "off";
};

/** Names that address the assistant in a group. A pattern that is more than a name is passed over, and its owner told. */
export function mentionNamesOf(value: unknown, place: Place): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return wrong(place, "a list of names") ?? [];
  return value.flatMap((pattern, nth) => {
    const name = typeof pattern === "string" ? PLAIN_NAME.exec(pattern)?.[1]?.trim() : undefined;
    if (name !== undefined && name !== "") return [name];
    place.report.warnings.push({ path: pathTo(place.path, nth), message: "This gateway compares whole names, not patterns: write the name by itself." });
    return [];
  });
}

export function choice<T extends string>(value: unknown, options: readonly T[], place: Place): T | undefined {
  if (value === undefined) return undefined;
  return options.find((option) => option === value) ?? wrong(place, `one of ${options.join(", ")}`);
}

export function wrong({ path, report }: Place, expected: string): undefined {
  report.issues.push({ path, message: `Expected ${expected}, found something else.` });
  return undefined;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const given = <T extends object>(fields: T): Given<T> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
