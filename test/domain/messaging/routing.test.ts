import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Binding } from "../../../src/domain/messaging/binding.js";
import type { Envelope } from "../../../src/domain/messaging/envelope.js";
import { DEFAULT_POLICY } from "../../../src/domain/messaging/policy.js";
import { DEFAULT_ROUTING, DM_SCOPES, routeEnvelope, type Route, type RoutingFacts, type RoutingRules } from "../../../src/domain/messaging/routing.js";
import { targetOfSession, withLastRoute } from "../../../src/domain/messaging/session-target.js";
import { parseChatKey, renderChatKey, renderPersonKey, type ChatKeyParts } from "../../../src/domain/sessions/chat-key.js";
import { canonicalSessionKey, kindOfKey } from "../../../src/domain/sessions/key.js";
import { envelope, inGroup, type EnvelopeChange } from "../../support/envelope.js";

const NAMING = { defaultAgentId: "main", mainKey: "main", scope: "per-sender" } as const;
const rules = (change: Partial<RoutingRules> = {}): RoutingRules => ({ naming: NAMING, agentIds: ["main", "support", "family"], ...DEFAULT_ROUTING, ...change });
const facts = (change: Partial<RoutingFacts> = {}): RoutingFacts => ({ policy: DEFAULT_POLICY, isOwner: true, isDefaultAccount: true, ...change });

function routed(one: Envelope, given: Partial<RoutingRules> = {}, about: Partial<RoutingFacts> = {}): Route {
  const route = routeEnvelope(one, rules(given), facts(about));
  if (route === undefined) throw new Error("no route");
  return route;
}
const keyOf = (...args: Parameters<typeof routed>): string => routed(...args).sessionKey;

describe("session keys", () => {
  const thread = { id: "-100", threadId: "42" };
  test.each<[string, Envelope, string]>([
    ["the owner's direct messages", envelope(), "agent:main:main"],
    ["a group", inGroup(), "agent:main:telegram:group:-100"],
    ["a forum's topic", inGroup({ chat: thread }), "agent:main:telegram:group:-100:topic:42"],
    ["a room", inGroup({ channel: "slack", chat: { kind: "room", id: "C1" } }), "agent:main:slack:channel:C1"],
    ["a thread of a room", inGroup({ channel: "discord", chat: { kind: "room", id: "123456", threadId: "987654" } }), "agent:main:discord:channel:123456:thread:987654"],
    ["a group of another account", inGroup({ accountId: "work" }), "agent:main:telegram:work:group:-100"],
    ["a topic of another account", inGroup({ accountId: "work", chat: thread }), "agent:main:telegram:work:group:-100:topic:42"],
    ["a thread of a direct chat", envelope({ channel: "slack", chat: { id: "D1", threadId: "17.5" }, sender: { id: "U1" } }), "agent:main:slack:direct:U1:thread:17.5"],
    ["a group of Signal", inGroup({ channel: "signal", chat: { id: "aB/c+d==" } }), "agent:main:signal:group:aB/c+d=="],
    ["an id with the separator in it", inGroup({ channel: "matrix", chat: { id: "!r:x.org" } }), "agent:main:matrix:group:!r%3ax.org"],
  ])("%s", (_, one, key) => {
    expect(keyOf(one)).toBe(key);
    expect(canonicalSessionKey(key, NAMING)).toBe(key);
    expect(kindOfKey(key)).toBe(one.chat.kind === "direct" ? "direct" : "group");
  });

  test.each([
    ["owner", true, "agent:main:main"],
    ["owner", false, "agent:main:telegram:work:direct:777"],
    ["main", false, "agent:main:main"],
    ["per-peer", true, "agent:main:direct:777"],
    ["per-channel-peer", true, "agent:main:telegram:direct:777"],
    ["per-account-channel-peer", true, "agent:main:telegram:work:direct:777"],
  ] as const)("direct messages under %s, owner: %s", (dmScope, isOwner, key) => {
    expect(keyOf(envelope({ accountId: "work" }), { dmScope }, { isOwner })).toBe(key);
    expect(keyOf(inGroup(), { dmScope }, { isOwner })).toBe("agent:main:telegram:group:-100");
  });

  test("the default account leaves no trace, but where every account is to have its own", () => {
    expect(keyOf(envelope(), {}, { isOwner: false })).toBe("agent:main:telegram:direct:777");
    expect(keyOf(envelope(), { dmScope: "per-account-channel-peer" })).toBe("agent:main:telegram:default:direct:777");
  });

  test("one session for all direct messages is no session for groups", () => {
    const naming = { ...NAMING, scope: "global" } as const;
    expect(keyOf(envelope({ chat: { threadId: "1" } }), { naming, dmScope: "per-peer" }, { isOwner: false })).toBe("global");
    expect(keyOf(inGroup(), { naming })).toBe("agent:main:telegram:group:-100");
    expect(keyOf(envelope(), { naming: { ...NAMING, mainKey: "work" } })).toBe("agent:main:work");
  });

  test("a person who is linked is one person on all their channels, by id alone", () => {
    const identityLinks = new Map([["anna", ["telegram:777", "discord:42", "888"]]]);
    const link = { dmScope: "per-peer", identityLinks } as const;
    expect(keyOf(envelope(), link)).toBe("agent:main:direct:anna");
    expect(keyOf(envelope({ channel: "discord", sender: { id: "1", aliases: ["42"] } }), link)).toBe("agent:main:direct:anna");
    expect(keyOf(envelope({ channel: "discord", sender: { id: "777", name: "anna", handle: "anna" } }), link)).toBe("agent:main:direct:777");
    expect(keyOf(envelope({ sender: { id: "888" } }), link)).toBe("agent:main:direct:888");
  });

  test("a chat that moved goes on in its session, and answers go where it is now", () => {
    const route = routed(inGroup({ chat: { id: "-1001" } }), {}, { knownAs: "-100" });
    expect([route.sessionKey, route.reply.target.chatId, route.last?.lastTo]).toEqual(["agent:main:telegram:group:-100", "-1001", "-1001"]);
  });

  test("an id that makes no session key has no route, rather than another's session", () => {
    expect(routeEnvelope(inGroup({ chat: { id: "x".repeat(500) } }), rules(), facts())).toBeUndefined();
    expect(routeEnvelope(inGroup({ chat: { id: "" } }), rules(), facts())).toBeUndefined();
  });

  test("kinds are read where they stand: an agent, an account or a person may be called group", () => {
    expect(kindOfKey("agent:group:main")).toBe("direct");
    expect(kindOfKey("agent:main:telegram:direct:group:thread:1")).toBe("direct");
    expect(kindOfKey("agent:main:telegram:group:direct:1")).toBe("direct");
    expect(kindOfKey("agent:main:group:1")).toBe("group");
    expect(kindOfKey("agent:main:telegram:work:channel:1")).toBe("group");
    expect(kindOfKey("agent:main:matrix:channel:!r:x.org")).toBe("group");
  });

  test("keys of other versions are read as well, and what is none is not", () => {
    expect(parseChatKey("agent:main:whatsapp:dm:+49151")).toEqual({ agentId: "main", channel: "whatsapp", kind: "direct", peerId: "+49151" });
    expect(parseChatKey("agent:main:slack:room:C1:topic:5")).toEqual({ agentId: "main", channel: "slack", kind: "room", peerId: "C1", threadId: "5" });
    for (const key of ["agent:main:main", "global", "agent:main:direct:anna", "agent:main:cron:job:1", "agent:main:telegram:group:1:reply:2", "agent:main:telegram:group:", "agent::a:group:1", "agent:main:a:b:group:1:2:3"]) {
      expect(parseChatKey(key)).toBeUndefined();
    }
  });
});

const nasty = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(":", "%", "%3a", "a:b", "group", "direct", "thread", "topic", "default", "a/b+c==", " ", "\n", "\ud800", "é", "😀", "*", "__proto__", "-100", "C1", "c1") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 12 }) },
);
const anyPlace: fc.Arbitrary<ChatKeyParts> = fc.record(
  { agentId: fc.constantFrom("main", "support", "group"), channel: fc.constantFrom("telegram", "slack", "group", "direct"), kind: fc.constantFrom("direct" as const, "group" as const, "room" as const), peerId: nasty, accountId: nasty, threadId: nasty },
  { requiredKeys: ["agentId", "channel", "kind", "peerId"] },
);

describe("whatever characters ids have", () => {
  test("a key leads back to its place and to no other, and is one that every method takes", () => {
    fc.assert(fc.property(anyPlace, (place) => {
      const key = renderChatKey(place) ?? "";
      expect(parseChatKey(key)).toEqual(place);
      expect(canonicalSessionKey(key, NAMING)).toBe(key);
      expect(kindOfKey(key)).toBe(place.kind === "direct" ? "direct" : "group");
      expect(key).toMatch(/^[!-~]+$/);
    }), { numRuns: 1_000 });
  });

  test("no person's key is a place's or a main session's", () => {
    fc.assert(fc.property(nasty, (person) => {
      const key = renderPersonKey("main", person) ?? "";
      expect(parseChatKey(key)).toBeUndefined();
      expect(canonicalSessionKey(key, NAMING)).toBe(key);
      expect(key).not.toBe("agent:main:main");
    }));
  });

  const place = fc.record({ channel: fc.constantFrom("telegram", "slack"), accountId: fc.oneof(fc.constant("default"), nasty), kind: fc.constantFrom("direct" as const, "group" as const, "room" as const), id: nasty, threadId: fc.option(nasty, { nil: undefined }), isOwner: fc.boolean() });
  const routeOf = (dmScope: RoutingRules["dmScope"], { channel, accountId, kind, id, threadId, isOwner }: (typeof place extends fc.Arbitrary<infer T> ? T : never)) => {
    const change: EnvelopeChange = { channel, accountId, chat: { kind, id, ...(threadId === undefined ? {} : { threadId }) }, sender: { id } };
    return routeEnvelope(envelope(change), rules({ dmScope }), facts({ isOwner }))?.sessionKey;
  };

  test("two messages share a session exactly where the scope says so", () => {
    fc.assert(fc.property(fc.constantFrom(...DM_SCOPES), place, place, (dmScope, a, b) => {
      const shared = (one: typeof a): unknown => {
        if (one.kind !== "direct" || one.threadId !== undefined) return [one.channel, one.accountId, one.kind, one.id, one.threadId];
        if (dmScope === "main" || (dmScope === "owner" && one.isOwner)) return "main";
        if (dmScope === "per-peer") return one.id;
        return [one.channel, dmScope === "per-channel-peer" ? "" : one.accountId, one.kind, one.id];
      };
      const isSame = JSON.stringify(shared(a)) === JSON.stringify(shared(b));
      expect(routeOf(dmScope, a) === routeOf(dmScope, b)).toBe(isSame);
    }), { numRuns: 1_000 });
  });
});

describe("which agent answers", () => {
  const bind = (agentId: string, match: Partial<Binding["match"]>): Binding => ({ agentId, match: { channel: "telegram", ...match } });
  const agentOf = (one: Envelope, bindings: readonly Binding[], about: Partial<RoutingFacts> = {}) => routed(one, { bindings }, about).agentId;

  test.each<[string, Envelope, Partial<Binding["match"]>, Partial<RoutingFacts>, boolean]>([
    ["channel, default account", envelope(), {}, {}, true],
    ["channel, another account", envelope({ accountId: "work" }), {}, { isDefaultAccount: false }, false],
    ["channel, any account", envelope({ accountId: "work" }), { accountId: "*" }, { isDefaultAccount: false }, true],
    ["account", envelope({ accountId: "work" }), { accountId: "work" }, { isDefaultAccount: false }, true],
    ["another channel", envelope(), { channel: "signal" }, {}, false],
    ["channel in capitals", envelope(), { channel: "Telegram" }, {}, true],
    ["person", envelope(), { peer: { kind: "direct", id: "tg:777" } }, {}, true],
    ["person, as old configurations have it", envelope(), { peer: { kind: "dm", id: "777" } }, {}, true],
    ["another person", envelope({ sender: { name: "778", handle: "778" } }), { peer: { kind: "direct", id: "778" } }, {}, false],
    ["everybody is no person", envelope(), { peer: { kind: "direct", id: "*" } }, {}, false],
    ["group", inGroup(), { peer: { kind: "group", id: "-100" } }, {}, true],
    ["group, called a channel", inGroup(), { peer: { kind: "channel", id: "-100" } }, {}, true],
    ["group, called a person", inGroup({ chat: { id: "777" } }), { peer: { kind: "direct", id: "777" } }, {}, false],
    ["group before it moved", inGroup({ chat: { id: "-1001" } }), { peer: { kind: "group", id: "-100" } }, { knownAs: "-100" }, true],
    ["its thread", inGroup({ chat: { threadId: "42" } }), { peer: { kind: "group", id: "-100:topic:42" } }, {}, true],
    ["another thread", inGroup({ chat: { threadId: "43" } }), { peer: { kind: "group", id: "-100:topic:42" } }, {}, false],
    ["guild", inGroup({ chat: { spaceId: "g" } }), { guildId: "g" }, {}, true],
    ["team", inGroup({ chat: { spaceId: "t" } }), { teamId: "t" }, {}, true],
    ["another guild", inGroup({ chat: { spaceId: "g" } }), { guildId: "h" }, {}, false],
    ["group of another guild", inGroup({ chat: { spaceId: "g" } }), { guildId: "h", peer: { kind: "group", id: "-100" } }, {}, false],
  ])("by binding: %s", (_, one, match, about, matches) => {
    expect(agentOf(one, [bind("support", match)], about)).toBe(matches ? "support" : "main");
  });

  test("the more specific binding wins wherever it stands, the earlier one among equals", () => {
    const one = inGroup({ chat: { spaceId: "s", threadId: "42" } });
    const ladder = [{ accountId: "*" }, {}, { teamId: "s" }, { guildId: "s" }, { peer: { kind: "group", id: "-100" } }, { peer: { kind: "group", id: "-100:topic:42" } }];
    for (const [index, match] of ladder.entries()) {
      for (const lower of ladder.slice(0, index)) {
        expect(agentOf(one, [bind("support", lower), bind("family", match)])).toBe("family");
        expect(agentOf(one, [bind("family", match), bind("support", lower)])).toBe("family");
      }
      expect(agentOf(one, [bind("support", match), bind("family", match)])).toBe("support");
    }
  });

  test("then the group's, then the account's, then the default; an agent that does not exist is passed over", () => {
    const policy = { ...DEFAULT_POLICY, agentId: "family", groups: new Map([["-100", { agentId: "Support" }], ["-200", { agentId: "gone" }]]) };
    expect(agentOf(inGroup(), [], { policy })).toBe("support");
    expect(agentOf(inGroup({ chat: { id: "-200" } }), [], { policy })).toBe("family");
    expect(agentOf(envelope(), [], { policy })).toBe("family");
    expect(agentOf(inGroup(), [bind("gone", {}), bind("main", { accountId: "*" })], { policy })).toBe("main");
    expect(agentOf(envelope(), [], { policy: { ...policy, agentId: "gone" } })).toBe("main");
    expect(keyOf(inGroup(), {}, { policy })).toBe("agent:support:telegram:group:-100");
  });
});

describe("where answers go", () => {
  test("to the chat and thread they were asked in, as a reply only where others speak in between", () => {
    expect(routed(envelope()).reply).toEqual({ channel: "telegram", accountId: "default", target: { chatId: "777" } });
    expect(routed(inGroup({ accountId: "work", messageId: "m7", chat: { threadId: "42" } })).reply).toEqual({
      channel: "telegram", accountId: "work", target: { chatId: "-100", threadId: "42" }, replyTo: "m7",
    });
  });

  test("the last place is kept with its thread; a guest in the main session does not move the owner's", () => {
    expect(routed(inGroup({ accountId: "work", chat: { threadId: "42" } })).last).toEqual({ lastChannel: "telegram", lastTo: "-100", lastAccountId: "work", lastThreadId: "42" });
    expect(routed(envelope(), { dmScope: "main" }, { isOwner: true }).last).toMatchObject({ lastTo: "777" });
    expect(routed(envelope(), { dmScope: "main" }, { isOwner: false }).last).toBeUndefined();
    expect(routed(envelope(), {}, { isOwner: false }).last).toMatchObject({ lastTo: "777" });
    expect(routed(inGroup(), {}, { isOwner: false }).last).toMatchObject({ lastTo: "-100" });
  });

  test("a conversation that leaves a thread is not led back into it", () => {
    const entry = { key: "k", agentId: "main", sessionId: "s", updatedAt: 0, lastChannel: "telegram", lastTo: "-1", lastAccountId: "a", lastThreadId: "42" };
    const last = routed(envelope()).last;
    expect(last && withLastRoute(entry, last)).toEqual({ key: "k", agentId: "main", sessionId: "s", updatedAt: 0, lastChannel: "telegram", lastTo: "777", lastAccountId: "default" });
  });

  test("a session's target is where it was last, else what its key names, else nowhere", () => {
    const key = "agent:main:telegram:work:group:-100:topic:42";
    expect(targetOfSession(key)).toEqual({ channel: "telegram", accountId: "work", target: { chatId: "-100", threadId: "42" } });
    expect(targetOfSession(key, { lastChannel: "telegram", lastTo: "-1001" })).toEqual({ channel: "telegram", target: { chatId: "-1001" } });
    expect(targetOfSession("agent:main:main", { lastChannel: "slack", lastTo: "D1", lastAccountId: "a", lastThreadId: "1" })).toEqual({ channel: "slack", accountId: "a", target: { chatId: "D1", threadId: "1" } });
    expect(targetOfSession("agent:main:main")).toBeUndefined();
    expect(targetOfSession("agent:main:main", { lastChannel: "slack" })).toBeUndefined();
  });

  test("whatever a session was opened by, its key leads back to the same chat", () => {
    fc.assert(fc.property(nasty, fc.option(nasty, { nil: undefined }), (id, threadId) => {
      const one = inGroup({ accountId: "work", chat: { id, ...(threadId === undefined ? {} : { threadId }) } });
      const { sessionKey, reply } = routed(one);
      expect(targetOfSession(sessionKey)).toEqual({ channel: reply.channel, accountId: reply.accountId, target: reply.target });
    }));
  });
});
