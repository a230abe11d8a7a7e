import { describe, expect, test } from "@jest/globals";
import { judgeConfig } from "../../src/adapters/config/file/check-config.js";
import { readConfig } from "../../src/adapters/config/file/load.js";
import { deriveSettings } from "../../src/adapters/config/file/settings.js";
import { createChannels } from "../../src/app/compose/channels.js";
import { checkConfig } from "../../src/app/compose/daemon-parts.js";
import { DEFAULT_POLICY, type AccountPolicy } from "../../src/domain/messaging/policy.js";

type Env = Readonly<Record<string, string>>;

function derived(file: object, env: Env = {}) {
  const { config, env: whole, issues } = readConfig({ path: "openclaw.json", raw: JSON.stringify(file) }, env);
  expect(issues).toEqual([]);
  return deriveSettings({ config, env: whole, flags: {} });
}

/** The policy of one account of Telegram, and what was said about it. */
function read(section: object, rest: object = {}) {
  const { settings, issues, warnings } = derived({ channels: { telegram: section }, ...rest });
  return { policy: settings.channels[0]?.policy as AccountPolicy, issues: byPath(issues), warnings: byPath(warnings) };
}

const byPath = (found: readonly { readonly path: string; readonly message: string }[]): Record<string, string> => Object.fromEntries(found.map(({ path, message }) => [path, message]));
const checked = async (file: object, env: Env = {}) => {
  const { issues, warnings } = await checkConfig({ path: "openclaw.json", raw: JSON.stringify(file) }, env);
  return { issues: byPath(issues), warnings: byPath(warnings) };
};

describe("accounts", () => {
  test("a section without accounts is the default one; switched off, it is none", () => {
    expect(derived({ channels: { telegram: {}, slack: { enabled: false } } }).accounts).toMatchObject([{ channel: "telegram", accountId: "default", path: "channels.telegram", policy: DEFAULT_POLICY }]);
    expect(derived({}).accounts).toEqual([]);
  });

  test("each account inherits what is no secret, and may be switched off by itself", () => {
    const accounts = { default: {}, work: { dmPolicy: "open", name: "Work" }, old: { enabled: false } };
    const found = derived({ channels: { telegram: { botToken: "t", dmPolicy: "disabled", historyLimit: 3, accounts } } }).accounts;
    expect(found.map(({ accountId, path, name, policy }) => [accountId, path, name, policy.dmPolicy, policy.historyLimit])).toEqual([
      ["default", "channels.telegram.accounts.default", undefined, "disabled", 3],
      ["work", "channels.telegram.accounts.work", "Work", "open", 3],
    ]);
  });

  test("what people see of heartbeats: an account's word, then its channel's, then that for all channels, each on its own", () => {
    const telegram = { heartbeat: { showOk: true }, accounts: { default: {}, quiet: { heartbeat: { showAlerts: false } } } };
    const found = derived({ channels: { defaults: { heartbeat: { useIndicator: false } }, telegram, slack: {} } }).accounts;
    expect(found.map(({ channel, accountId, policy: { heartbeat } }) => [channel, accountId, heartbeat.showOk, heartbeat.showAlerts, heartbeat.useIndicator])).toEqual([
      ["telegram", "default", true, true, false],
      ["telegram", "quiet", true, false, false],
      ["slack", "default", false, true, false],
    ]);
    const { issues } = derived({ channels: { telegram: { heartbeat: { showOk: "yes" } }, slack: { heartbeat: true } } });
    expect(Object.keys(byPath(issues))).toEqual(["channels.telegram.heartbeat.showOk", "channels.slack.heartbeat"]);
  });

  test("what is no account and no section is an issue", () => {
    const { issues, accounts } = derived({ channels: { telegram: "on", slack: { accounts: ["a"] }, discord: { accounts: { "a b": {}, second: "token" } } } });
    expect(Object.keys(byPath(issues)).toSorted()).toEqual(['channels.discord.accounts."a b"', "channels.discord.accounts.second", "channels.slack.accounts", "channels.telegram"]);
    expect(accounts.map(({ channel }) => channel)).toEqual(["slack"]);
  });

  test.each([
    ["telegram", "botToken", ["111:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "222:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"]],
    ["slack", "botToken", ["xoxb-one", "xoxb-two"]],
  ] as const)("%s: two accounts, each with its own token, and never one with the other's", async (channel, key, [one, two]) => {
    const shared = channel === "slack" ? { mode: "http", signingSecret: "s" } : {};
    const own = channel === "slack" ? { signingSecret: "s2", webhookPath: "/second" } : {};
    const both = { ...shared, [key]: one, accounts: { default: {}, second: { ...own, [key]: two } } };
    const { accounts } = derived({ channels: { [channel]: both } });
    const made = await createChannels(accounts, {});
    expect(made.issues).toEqual([]);
    expect(made.channels.map(({ id, accountId }) => [id, accountId])).toEqual([[channel, "default"], [channel, "second"]]);
    const lacking = await createChannels(derived({ channels: { [channel]: { ...both, accounts: { default: {}, second: own } } } }).accounts, {});
    expect(lacking.channels.map(({ accountId }) => accountId)).toEqual(["default"]);
    expect(lacking.issues.map(({ path }) => path)).toEqual([`channels.${channel}.accounts.second.${key}`]);
  });
});

describe("the policy that all channels share", () => {
  test("nothing said: strangers are asked to pair, groups have to be named", () => {
    expect(read({}).policy).toEqual(DEFAULT_POLICY);
    expect(DEFAULT_POLICY).toMatchObject({ dmPolicy: "pairing", groupPolicy: "allowlist", requireMention: true, allowFrom: [] });
  });

  test("every key of an account", () => {
    const keys = { dmPolicy: "allowlist", groupPolicy: "open", requireMention: false, historyLimit: 0, allowBots: true, queueMode: "collect", streaming: false, agentId: "helper" };
    const { policy, issues } = read({ ...keys, allowFrom: [777, "telegram:888"], groupAllowFrom: ["*"] });
    expect(issues).toEqual({});
    expect(policy).toEqual({ ...DEFAULT_POLICY, ...keys, streaming: "off", allowFrom: ["777", "telegram:888"], groupAllowFrom: ["*"] });
  });

  test("dm.policy and dm.allowFrom, dm.enabled before them, the flat keys before all but that", () => {
    expect(read({ dm: { policy: "open", allowFrom: [5] } }).policy).toMatchObject({ dmPolicy: "open", allowFrom: ["5"] });
    expect(read({ dm: { policy: "open", allowFrom: [5] }, dmPolicy: "allowlist", allowFrom: [6] }).policy).toMatchObject({ dmPolicy: "allowlist", allowFrom: ["6"] });
    expect(read({ dm: { enabled: false, policy: "open" } }).policy.dmPolicy).toBe("disabled");
    expect(Object.keys(read({ dm: { policy: "everybody", allowFrom: "5" } }).issues).toSorted()).toEqual(["channels.telegram.dm.allowFrom", "channels.telegram.dm.policy"]);
  });

  test.each([
    ["queue", "queue"], ["followup", "queue"], ["steer", "steer"], ["steer-backlog", "steer"], ["steer+backlog", "steer"], ["collect", "collect"], ["interrupt", "collect"],
  ])("queue mode %s is %s here", (said, mode) => {
    expect(read({ queueMode: said }).policy.queueMode).toBe(mode);
    expect(read({}, { messages: { queue: { mode: said } } }).policy.queueMode).toBe(mode);
    expect(read({ queueMode: "queue" }, { messages: { queue: { mode: said } } }).policy.queueMode).toBe("queue");
  });

  test("what the file says for all channels, under what an account says", () => {
    const rest = { messages: { groupChat: { historyLimit: 7 } }, agents: { list: [{ id: "a", identity: { name: "Pearl" } }] } };
    expect(read({}, rest).policy).toMatchObject({ historyLimit: 7, mentionNames: ["Pearl"] });
    expect(read({ historyLimit: 9 }, rest).policy.historyLimit).toBe(9);
    const { settings } = derived({ channels: { defaults: { groupPolicy: "disabled" }, telegram: {}, slack: { groupPolicy: "open" } } });
    expect(settings.channels.map(({ policy }) => policy.groupPolicy)).toEqual(["disabled", "open"]);
  });

  test("mention patterns are names; one that is more than a name is told and passed over", () => {
    const { policy, warnings } = read({}, { messages: { groupChat: { mentionPatterns: ["@pearl", "\\bPerle\\b", "@?helper", "pe.rl", "(a+)+$", 5] } } });
    expect(policy.mentionNames).toEqual(["pearl", "Perle", "helper"]);
    expect(Object.keys(warnings)).toEqual([3, 4, 5].map((nth) => `messages.groupChat.mentionPatterns[${nth}]`));
    expect(read({}, { messages: { groupChat: { mentionPatterns: "pearl" } } }).issues).toHaveProperty(["messages.groupChat.mentionPatterns"]);
  });

  test("groups, a guild with its channels, rooms of a workspace", () => {
    const { policy, issues } = read({
      groups: { "*": { requireMention: true }, "-100": { allowFrom: [5], agentId: "a" } },
      guilds: { G1: { users: ["6"], channels: { R1: { requireMention: false }, R2: { allow: false } } } },
      channels: { C1: { requireMention: false } },
    });
    expect(issues).toEqual({});
    expect(Object.fromEntries(policy.groups)).toEqual({
      "*": { requireMention: true },
      "-100": { allowFrom: ["5"], agentId: "a" },
      G1: { allowFrom: ["6"] },
      R1: { allowFrom: ["*"], requireMention: false },
      R2: { allowFrom: ["*"], enabled: false },
      C1: { allowFrom: ["*"], requireMention: false },
    });
  });

  test("every wrong value is an issue with its path, and is never shown", () => {
    const canary = "canary-in-the-wrong-place";
    const { issues } = read({
      dmPolicy: canary, groupPolicy: canary, requireMention: canary, historyLimit: -1, allowBots: canary, queueMode: canary,
      allowFrom: canary, groupAllowFrom: [{ id: canary }, 2 ** 60], groups: { "-1": canary, "-2": { requireMention: canary, allowFrom: canary } }, guilds: canary, channels: [canary],
    });
    expect(Object.keys(issues).map((path) => path.replace("channels.telegram.", "")).toSorted()).toEqual([
      "allowBots", "allowFrom", "channels", "dmPolicy", "groupAllowFrom[0]", "groupAllowFrom[1]", "groupPolicy", 'groups."-1"', 'groups."-2".allowFrom', 'groups."-2".requireMention',
      "guilds", "historyLimit", "queueMode", "requireMention",
    ]);
    expect(issues["channels.telegram.dmPolicy"]).toBe("Expected one of pairing, allowlist, open, disabled, found something else.");
    expect(JSON.stringify(issues)).not.toContain(canary);
  });

  test("names and impossible ids in a list let nobody in, and are told wherever they are", () => {
    const { policy, issues, warnings } = read({ allowFrom: ["@ada", 777, "*", "12a"], groupAllowFrom: ["Ada"], groups: { "-1": { allowFrom: ["@ben"] } } });
    expect(issues).toEqual({});
    expect(policy.allowFrom).toEqual(["@ada", "777", "*", "12a"]);
    expect(Object.keys(warnings).map((path) => path.replace("channels.telegram.", "")).toSorted()).toEqual(["allowFrom[0]", "allowFrom[3]", 'groups."-1".allowFrom[0]', "groupAllowFrom[0]"].toSorted());
    expect(warnings["channels.telegram.allowFrom[0]"]).toContain("put the person's stable id here");
    expect(JSON.stringify(warnings)).not.toContain("ada");
  });
});

describe("bindings and links", () => {
  const bound = (...bindings: readonly object[]) => {
    const { settings, issues, warnings } = derived({ agents: { list: [{ id: "Home" }, { id: "work" }] }, bindings });
    return { bindings: settings.bindings, issues: Object.keys(byPath(issues)), warnings: Object.keys(byPath(warnings)) };
  };

  test("say which agent answers where", () => {
    expect(bound(
      { agentId: "work", match: { channel: "slack", teamId: "T1" } },
      { agentId: "home", match: { channel: "telegram", accountId: "*", peer: { kind: "DM", id: 777 } } },
      { agentId: "work", match: { channel: "discord", guildId: 42 } },
    )).toEqual({
      issues: [],
      warnings: [],
      bindings: [
        { agentId: "work", match: { channel: "slack", teamId: "T1" } },
        { agentId: "home", match: { channel: "telegram", accountId: "*", peer: { kind: "dm", id: "777" } } },
        { agentId: "work", match: { channel: "discord", guildId: "42" } },
      ],
    });
  });

  test("one that can't be read whole is an issue, and holds nowhere rather than everywhere", () => {
    const { bindings, issues } = bound(
      { match: { channel: "slack" } },
      { agentId: "work", match: {} },
      { agentId: "work", match: { channel: "slack", peer: { kind: "person", id: "U1" } } },
      { agentId: "work", match: { channel: "slack", peer: { id: "U1" } } },
      { agentId: "work", match: { channel: "slack", peer: "U1" } },
      { agentId: "work", match: { channel: "discord", guildId: 2 ** 60 } },
      { agentId: "work", match: { channel: "discord", accountId: "" } },
    );
    expect(bindings).toEqual([]);
    expect(issues).toEqual([
      "bindings[0]", "bindings[1]", "bindings[2].match.peer.kind", "bindings[3].match.peer.kind", "bindings[4].match.peer.kind", "bindings[4].match.peer.id",
      "bindings[5].match.guildId", "bindings[6].match.accountId",
    ]);
  });

  test("an agent that is not there is told", () => {
    expect(bound({ agentId: "nobody", match: { channel: "slack" } })).toMatchObject({ issues: [], warnings: ["bindings[0].agentId"] });
  });

  test("links of one person, with a warning for what names nobody", () => {
    const { settings, warnings } = derived({ session: { identityLinks: { ada: ["telegram:777", "slack:U0123ABC"], ben: ["777", "telegram:@ben"] } } });
    expect([...settings.session.identityLinks]).toEqual([["ada", ["telegram:777", "slack:U0123ABC"]], ["ben", ["777", "telegram:@ben"]]]);
    expect(Object.keys(byPath(warnings))).toEqual(["session.identityLinks.ben[0]", "session.identityLinks.ben[1]"]);
  });
});

describe("what a gateway would say of it", () => {
  test("the keys of a channel are judged by it, by path and without a secret", async () => {
    const canary = "canary-token-in-the-wrong-shape";
    const { issues } = await checked({ channels: { telegram: { botToken: canary, webhookUrl: `http://x/${canary}` }, slack: { botToken: canary, appToken: canary } } });
    expect(Object.keys(issues)).toEqual(expect.arrayContaining(["channels.telegram.botToken", "channels.telegram.webhookUrl", "channels.slack.botToken", "channels.slack.appToken"]));
    expect(JSON.stringify(issues)).not.toContain(canary);
  });

  test("tokens may be in the environment, and only there", async () => {
    const env = { TELEGRAM_BOT_TOKEN: "111:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
    expect(await checked({ channels: { telegram: {} } }, env)).toEqual({ issues: {}, warnings: {} });
    expect(Object.keys((await checked({ channels: { telegram: {} } })).issues)).toEqual(["channels.telegram.botToken"]);
  });

  test("a channel that this version has not is a warning that says which there are", async () => {
    const { issues, warnings } = await checked({ channels: { pigeon: {}, webchat: {} } });
    expect(issues).toEqual({});
    expect(Object.keys(warnings)).toEqual(["channels.pigeon"]);
    expect(warnings["channels.pigeon"]).toMatch(/telegram, slack.*webchat/);
  });

  test("one broken channel takes none of the others along", async () => {
    const { accounts } = await judgeConfig({ path: "openclaw.json", raw: JSON.stringify({ channels: { telegram: { botToken: "no" }, slack: { mode: "http", botToken: "xoxb-1", signingSecret: "s" } } }) }, {});
    const { channels, issues } = await createChannels(accounts, {});
    expect(channels.map(({ id }) => id)).toEqual(["slack"]);
    expect(issues.map(({ path }) => path)).toEqual(["channels.telegram.botToken"]);
  });
});
