import type { Binding } from "../../../domain/messaging/binding.js";
import type { AccountSettings } from "../../../domain/settings.js";
import { isSecretName } from "../../../domain/secret-name.js";
import { DEFAULT_VISIBILITY } from "../../../domain/schedule/heartbeat-settings.js";
import { findUnusableEntries } from "../../../domain/messaging/sender-list.js";
import { choice, countOf, idText, isSection, mentionNamesOf, queueModeOf, readPolicy, sectionOf, visibilityOf, wrong, type Place, type PolicyReport, type Section, type SharedPolicy } from "./channel-policy.js";
import { pathTo } from "./fit.js";
import type { Config } from "./schema.js";

/** One account as the file has it: its channel reads the keys that are its own. */
export interface ConfiguredAccount extends AccountSettings {
  readonly path: string;
  /** All of the channel's section, its accounts among it. */
  readonly section: Section;
}

const DEFAULT_ACCOUNT = "default";
const ACCOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Every account of `channels` that is not switched off. */
export function readAccounts(config: Config, report: PolicyReport): readonly ConfiguredAccount[] {
  const shared = sharedOf(config, report);
  return Object.entries(sectionOf(config.channels)).flatMap(([channel, section]) => {
    if (channel === "defaults") return [];
    const path = pathTo("channels", channel);
    if (!isSection(section)) {
      report.issues.push({ path, message: "Expected an object with the channel's settings, found something else." });
      return [];
    }
    return accountsOf(channel, section, { path, shared, report });
  });
}

interface Reading {
  readonly path: string;
  readonly shared: SharedPolicy;
  readonly report: PolicyReport;
}

function accountsOf(channel: string, section: Section, { path, shared, report }: Reading): readonly ConfiguredAccount[] {
  if (section["enabled"] === false) return [];
  const { accounts: listed, ...base } = section;
  if (listed !== undefined && !isSection(listed)) wrong({ path: pathTo(path, "accounts"), report }, "an object with a section for each account");
  const accounts = Object.entries(sectionOf(listed));
  const entries: readonly (readonly [string, unknown, string])[] =
    accounts.length === 0 ? [[DEFAULT_ACCOUNT, {}, path]] : accounts.map(([id, own]) => [id, own, pathTo(pathTo(path, "accounts"), id)] as const);
  return entries.flatMap(([accountId, own, at]) => {
    if (!ACCOUNT_ID.test(accountId)) {
      report.issues.push({ path: at, message: "An account's id is up to 64 letters, digits, \"-\" or \"_\"." });
      return [];
    }
    if (!isSection(own)) return wrong({ path: at, report }, "an object with the account's settings") ?? [];
    // An account that says one thing of heartbeats has not said the others.
    const heartbeat = isSection(own["heartbeat"]) ? { heartbeat: { ...sectionOf(base["heartbeat"]), ...own["heartbeat"] } } : {};
    const config: Section = { ...inherited(base, accountId), ...own, ...heartbeat };
    if (config["enabled"] === false) return [];
    const name = config["name"];
    return [{ channel, accountId, path: at, section, policy: readPolicy(config, shared, { channel, path: at, report }), ...(typeof name === "string" && name !== "" ? { name } : {}) }];
  });
}

/** Two accounts with one credential would take each other's messages: only the default one has the channel's. */
const inherited = (base: Section, accountId: string): Section =>
  accountId === DEFAULT_ACCOUNT ? base : Object.fromEntries(Object.entries(base).filter(([key]) => !isSecretName(key)));

function sharedOf(config: Config, report: PolicyReport): SharedPolicy {
  const messages = sectionOf(config.messages);
  const groupChat = sectionOf(messages["groupChat"]);
  const queue = sectionOf(messages["queue"]);
  const defaults = sectionOf(sectionOf(config.channels)["defaults"]);
  const [first] = config.agents?.list?.filter((agent) => agent.default === true) ?? [];
  const name = (first ?? config.agents?.list?.[0])?.identity?.name;
  const historyLimit = countOf(groupChat["historyLimit"], { path: "messages.groupChat.historyLimit", report });
  const queueMode = queueModeOf(queue["mode"], { path: "messages.queue.mode", report });
  const groupPolicy = choice(defaults["groupPolicy"], ["open", "allowlist", "disabled"] as const, { path: "channels.defaults.groupPolicy", report });
  return {
    mentionNames: [...new Set([...(name === undefined ? [] : [name]), ...mentionNamesOf(groupChat["mentionPatterns"], { path: "messages.groupChat.mentionPatterns", report })])],
    ...(historyLimit === undefined ? {} : { historyLimit }),
    ...(queueMode === undefined ? {} : { queueMode }),
    ...(groupPolicy === undefined ? {} : { groupPolicy }),
    heartbeat: visibilityOf(defaults["heartbeat"], DEFAULT_VISIBILITY, { path: "channels.defaults.heartbeat", report }),
  };
}

/** Chats of two and all others, under the names that owners give them. */
const PEER_KINDS = ["direct", "dm", "group", "channel", "room"] as const;

/** Which agent answers where. One that can't be read whole is an issue and no binding: with a part of its match left out it would hold for more than was meant. */
export function readBindings(config: Config, report: PolicyReport): readonly Binding[] {
  const { list = [] } = config.agents ?? {};
  const agentIds = new Set(list.length === 0 ? ["main"] : list.map(({ id }) => id.toLowerCase()));
  return (config.bindings ?? []).flatMap((entry, nth) => {
    const path = pathTo("bindings", nth);
    const { agentId, match } = entry;
    const { channel, accountId, peer, guildId, teamId } = sectionOf(match);
    if (typeof agentId !== "string" || typeof channel !== "string") {
      report.issues.push({ path, message: "A binding needs an agentId, and a match with at least a channel." });
      return [];
    }
    if (!agentIds.has(agentId.toLowerCase())) report.warnings.push({ path: pathTo(path, "agentId"), message: "There is no agent of this id in agents.list, so this binding has no effect." });
    const place = { path: pathTo(path, "match"), report };
    const before = report.issues.length;
    const names = { ...idIn("accountId", accountId, place), ...idIn("guildId", guildId, place), ...idIn("teamId", teamId, place), ...peerIn(peer, place) };
    return report.issues.length > before ? [] : [{ agentId, match: { channel, ...names } }];
  });
}

function idIn(key: string, value: unknown, { path, report }: Place): Record<string, string> {
  if (value === undefined) return {};
  const text = idText(value);
  if (text === undefined || text === "") wrong({ path: pathTo(path, key), report }, "an id as a text");
  return text === undefined ? {} : { [key]: text };
}

function peerIn(value: unknown, { path, report }: Place): { readonly peer?: { readonly kind: string; readonly id: string } } {
  if (value === undefined) return {};
  const place = { path: pathTo(path, "peer"), report };
  const { kind, id } = sectionOf(value);
  const known = choice(typeof kind === "string" ? kind.toLowerCase() : (kind ?? null), PEER_KINDS, { ...place, path: pathTo(place.path, "kind") });
  const text = idText(id);
  if (text === undefined || text === "") return wrong({ ...place, path: pathTo(place.path, "id") }, "an id as a text") ?? {};
  return known === undefined ? {} : { peer: { kind: known, id: text } };
}

/** Ids of one person on several channels, by a name for them. What can be nobody's id is a warning. */
export function readIdentityLinks(config: Config, report: PolicyReport): ReadonlyMap<string, readonly string[]> {
  const links = Object.entries(config.session?.identityLinks ?? {});
  for (const [person, ids] of links) {
    for (const [nth, id] of ids.entries()) {
      const path = pathTo(pathTo("session.identityLinks", person), nth);
      const channel = /^[a-z][a-z0-9-]*(?=:.)/u.exec(id)?.[0];
      if (channel === undefined) report.warnings.push({ path, message: "This names nobody: write it as the channel's id, a colon, and the person's stable id there." });
      else for (const { message } of findUnusableEntries(channel, [id])) report.warnings.push({ path, message });
    }
  }
  return new Map(links);
}
