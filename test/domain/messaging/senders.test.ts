import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Sender } from "../../../src/domain/messaging/envelope.js";
import { isOwner } from "../../../src/domain/messaging/owner.js";
import { DEFAULT_POLICY } from "../../../src/domain/messaging/policy.js";
import { canonicalSenderId, readSenderEntry } from "../../../src/domain/messaging/sender-id.js";
import { findUnusableEntries, matchesSender, namesSender } from "../../../src/domain/messaging/sender-list.js";
import { after, type EpochMs } from "../../../src/domain/moment.js";
import { decideSender, type SenderCommand, type SenderDecision } from "../../../src/domain/pairing/decide-sender.js";
import {
  CODE_ALPHABET,
  CODE_TTL_MS,
  MAX_DISMISSED_PER_ACCOUNT,
  MAX_REQUESTS_PER_ACCOUNT,
  allGrants,
  isApproved,
  isSenderCode,
  pendingRequests,
  type SenderAccount,
  type SenderGrant,
  type SenderRecord,
} from "../../../src/domain/pairing/sender.js";
import { renderSenderApproved, renderSenderRequest } from "../../../src/domain/pairing/sender-message.js";
import { SENT_AT, envelope } from "../../support/envelope.js";

const UUID = "0b8f0a7e-6a3c-4c62-9d7e-0f7f4a1c9a10";

describe("stable ids", () => {
  test.each<[string, string, string | undefined]>([
    ["telegram", "777", "777"], ["telegram", "-100123", "-100123"], ["telegram", "0777", undefined], ["telegram", "telegram:777", undefined],
    ["slack", "U024BE7LH", "U024BE7LH"], ["slack", "B01", "B01"], ["slack", "USLACKBOT", "USLACKBOT"], ["slack", "u024be7lh", undefined],
    ["discord", "987654321012345678", "987654321012345678"], ["discord", "anna#1234", undefined],
    ["whatsapp", "+4915112345678", "+4915112345678"], ["whatsapp", "4915112345678", "+4915112345678"],
    ["whatsapp", "4915112345678@s.whatsapp.net", "+4915112345678"], ["whatsapp", "4915112345678:12@s.whatsapp.net", "+4915112345678"],
    ["whatsapp", "4915112345678@lid", "4915112345678@lid"], ["whatsapp", "4915112345678:3@lid", "4915112345678@lid"], ["whatsapp", "x@s.whatsapp.net", undefined],
    ["signal", UUID.toUpperCase(), UUID], ["signal", "+4915112345678", "+4915112345678"], ["signal", `PNI:${UUID}`, undefined],
    ["imessage", "Anna@Example.com", "anna@example.com"], ["imessage", "+4915112345678", "+4915112345678"], ["imessage", "anna", undefined],
    ["webchat", "anything goes", "anything goes"], ["webchat", "*", undefined],
  ])("%s: %s is %s", (channel, id, canonical) => {
    expect(canonicalSenderId(channel, id)).toBe(canonical);
  });

  test("a canonical id is its own canonical id, on every channel", () => {
    const texts = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("777", "U1", UUID, "49151123456@lid", "+49151123456", "A@b.cd"), fc.stringMatching(/^[+@:.0-9A-Za-z-]{0,24}$/));
    fc.assert(fc.property(fc.constantFrom("telegram", "slack", "discord", "whatsapp", "signal", "imessage", "webchat", "constructor", "__proto__"), texts, (channel, text) => {
      const canonical = canonicalSenderId(channel, text);
      if (canonical !== undefined) expect(canonicalSenderId(channel, canonical)).toBe(canonical);
    }), { numRuns: 1_000 });
  });
});

describe("allow-lists", () => {
  test.each<[string, string, string]>([
    ["telegram", " 777 ", "777"], ["telegram", "tg:777", "777"], ["telegram", "Telegram:777", "777"], ["telegram", "telegram: 777", "777"],
    ["slack", "slack:U024BE7LH", "U024BE7LH"], ["slack", "user:u024be7lh", "U024BE7LH"], ["slack", "slack:user:U024BE7LH", "U024BE7LH"], ["slack", "<@U024BE7LH>", "U024BE7LH"],
    ["discord", "discord:42", "42"], ["discord", "user:42", "42"], ["discord", "<@!42>", "42"],
    ["whatsapp", "+49 (0) 151 12345678", "4915112345678@s.whatsapp.net"], ["whatsapp", "whatsapp:+49-151-12345678", "+4915112345678"], ["whatsapp", "4915112345678", "4915112345678:7@s.whatsapp.net"], ["whatsapp", "123@lid", "123:4@lid"],
    ["signal", `uuid:${UUID.toUpperCase()}`, UUID], ["signal", `signal:${UUID}`, UUID], ["signal", "+49 151 12345678", "+4915112345678"],
    ["imessage", "sms:+49 151 12345678", "+4915112345678"], ["imessage", "ANNA@example.com", "anna@example.com"],
    ["webchat", "webchat:anna", "anna"], ["webchat", "anna", "anna"],
  ])("%s: the entry %j lets %s in", (channel, entry, id) => {
    expect(matchesSender(channel, [entry], { id })).toBe(true);
    expect(matchesSender(channel, ["nobody", entry], { id: "another", aliases: [id] })).toBe(true);
    expect(findUnusableEntries(channel, [entry])).toEqual([]);
  });

  test("everybody is `*` and nothing else, and `*` names nobody", () => {
    expect(matchesSender("telegram", [" * "], { id: "1" })).toBe(true);
    expect(matchesSender("telegram", ["**", "telegram:*", "tg:*", ".*", "%"], { id: "1" })).toBe(false);
    expect(namesSender("telegram", ["*"], { id: "1" })).toBe(false);
    expect(namesSender("telegram", ["*", "1"], { id: "1" })).toBe(true);
  });

  test("an entry that can't match anybody is told to its owner, names for what they are", () => {
    const warnings = findUnusableEntries("telegram", ["@anna", "tg:@anna", "Anna", "777", "*", "１２３", "0777", ""]);
    expect(warnings.map(({ entry, message }) => [entry, message.includes("is a name")])).toEqual([
      ["@anna", true], ["tg:@anna", true], ["Anna", true], ["１２３", false], ["0777", false], ["", false],
    ]);
    expect(readSenderEntry("discord", "anna#1234")).toEqual({ kind: "unusable", why: "name" });
    expect(readSenderEntry("whatsapp", "0151 12345678")).toEqual({ kind: "unusable", why: "not-an-id" });
  });
});

const TELEGRAM: SenderAccount = { channel: "telegram", accountId: "default" };
const person = (id: string, change: Partial<Sender> = {}): Sender => ({ id, isBot: false, isSelf: false, ...change });
const HOUR = 3_600_000;

/** The records as a store would keep them, JSON between decisions. */
class Book {
  records: ReadonlyMap<string, SenderRecord> = new Map();
  now: EpochMs = SENT_AT;
  #drawn = 0;

  decide(command: SenderCommand): SenderDecision {
    const decision = decideSender(this.records, command, this.now);
    if (decision.kind === "refused") return decision;
    const next = new Map(this.records);
    for (const [key, record] of decision.changes) {
      if (record === undefined) next.delete(key);
      else next.set(key, JSON.parse(JSON.stringify(record)) as SenderRecord);
    }
    this.records = next;
    return decision;
  }

  code(index: number): string {
    let text = "";
    for (let place = 0, left = index; place < 8; place += 1, left = Math.floor(left / 32)) text += CODE_ALPHABET.charAt(left % 32);
    return text;
  }

  ask(id: string, { account = TELEGRAM, sender = {}, code }: { account?: SenderAccount; sender?: Partial<Sender>; code?: string } = {}): SenderDecision {
    this.#drawn += 1;
    return this.decide({ kind: "request", account, sender: person(id, sender), requestId: `r${this.#drawn}`, code: code ?? this.code(this.#drawn) });
  }

  asked(id: string, how?: Parameters<Book["ask"]>[1]): string {
    const decision = this.ask(id, how);
    if (decision.kind === "refused" || decision.request === undefined) throw new Error(`no request: ${JSON.stringify(decision)}`);
    return decision.request.code;
  }

  approve(code: string, channel = "telegram", accountId?: string): SenderDecision {
    return this.decide({ kind: "approve", channel, by: { code }, ...(accountId === undefined ? {} : { accountId }) });
  }

  knows(id: string, account = TELEGRAM): boolean {
    return isApproved(this.records, account, { id });
  }

  wait(ms: number): void {
    this.now = after(this.now, ms);
  }
}

describe("codes", () => {
  test("eight letters and digits that nobody mistakes for each other, and a bug where the shell draws another", () => {
    expect(CODE_ALPHABET).toHaveLength(32);
    expect(CODE_ALPHABET).not.toMatch(/[01IO]/);
    expect([isSenderCode("ABCD2345"), isSenderCode("ABCD234"), isSenderCode("ABCD2341"), isSenderCode("abcd2345")]).toEqual([true, false, false, false]);
    expect(() => new Book().ask("777", { code: "short" })).toThrow("eight characters");
  });

  test("a stranger is told one, the owner approves it in any case, and that is all there is to it", () => {
    const book = new Book();
    const decision = book.ask("777", { sender: { name: "An\u202ena\n", aliases: ["888"] }, code: "ABCD2345" });
    expect(decision).toMatchObject({ kind: "done", tell: true, request: { code: "ABCD2345", name: "Anna", ids: ["777", "888"] } });
    expect(pendingRequests(book.records, book.now)).toHaveLength(1);
    expect(book.knows("777")).toBe(false);
    expect(book.approve(" abcd 2345\n")).toMatchObject({ kind: "done", tell: false, grant: { id: "777" } });
    const grant: SenderGrant = { kind: "grant", ...TELEGRAM, id: "777", ids: ["777", "888"], name: "Anna", approvedAtMs: SENT_AT };
    expect([...book.records.values()]).toEqual([grant]);
    expect([book.knows("777"), book.knows("888"), book.knows("999")]).toEqual([true, true, false]);
    expect(book.ask("777")).toEqual({ kind: "refused", reason: "already-approved" });
    expect(book.approve("ABCD2345")).toEqual({ kind: "refused", reason: "unknown-request" });
  });

  test("for one account of one channel", () => {
    const book = new Book();
    const work = { channel: "telegram", accountId: "work" };
    const code = book.asked("777", { account: work });
    expect(book.approve(code, "whatsapp")).toEqual({ kind: "refused", reason: "unknown-request" });
    expect(book.approve(code, "telegram", "default")).toEqual({ kind: "refused", reason: "unknown-request" });
    expect(book.approve(code, "telegram", "work").kind).toBe("done");
    expect([book.knows("777", work), book.knows("777"), book.knows("777", { channel: "whatsapp", accountId: "work" })]).toEqual([true, false, false]);
  });

  test("whoever asks again keeps their code, is seen again, and is not told again", () => {
    const book = new Book();
    const code = book.asked("777");
    book.wait(1_000);
    expect(book.ask("777")).toMatchObject({ tell: false, changes: new Map(), request: { code } });
    book.wait(HOUR - 2_000);
    expect(book.ask("777")).toMatchObject({ tell: false, request: { code, createdAtMs: SENT_AT, lastSeenAtMs: book.now } });
    book.wait(1_000);
    const decision = book.ask("777");
    expect(decision).toMatchObject({ tell: true, request: { createdAtMs: book.now } });
    expect(decision).not.toMatchObject({ request: { code } });
    expect(book.records.size).toBe(1);
  });

  test("one person under another of their ids is the same person", () => {
    const book = new Book();
    const whatsapp = { channel: "whatsapp", accountId: "default" };
    const code = book.asked("123@lid", { account: whatsapp, sender: { aliases: ["4915112345678@s.whatsapp.net"] } });
    expect(book.ask("+4915112345678", { account: whatsapp })).toMatchObject({ tell: false, request: { code } });
    book.approve(code, "whatsapp");
    expect([book.knows("123:9@lid", whatsapp), book.knows("4915112345678:1@s.whatsapp.net", whatsapp)]).toEqual([true, true]);
  });

  test("dead after an hour, also for whoever types it", () => {
    const book = new Book();
    const code = book.asked("777");
    book.wait(CODE_TTL_MS - 1);
    expect(pendingRequests(book.records, book.now)).toHaveLength(1);
    book.wait(1);
    expect(pendingRequests(book.records, book.now)).toHaveLength(0);
    expect(book.approve(code)).toEqual({ kind: "refused", reason: "unknown-request" });
    expect(book.decide({ kind: "expire" })).toMatchObject({ kind: "done" });
    expect(book.records.size).toBe(0);
  });

  test("three wait at each account; the fourth is told nothing until one of them is answered or forgotten", () => {
    const book = new Book();
    const codes = ["1", "2", "3"].map((id) => book.asked(id));
    expect(book.ask("4")).toEqual({ kind: "refused", reason: "full" });
    expect(book.ask("4", { account: { channel: "telegram", accountId: "work" } }).kind).toBe("done");
    expect(book.ask("4", { account: { channel: "signal", accountId: "default" } }).kind).toBe("done");
    book.approve(codes[0] ?? "");
    expect(book.ask("4")).toMatchObject({ tell: true });
    expect(book.ask("5")).toEqual({ kind: "refused", reason: "full" });
    book.wait(CODE_TTL_MS);
    expect(book.ask("5")).toMatchObject({ tell: true });
    expect(book.records.size).toBe(2);
  });

  test("a code that another request of the channel has is drawn again", () => {
    const book = new Book();
    book.asked("777", { code: "ABCD2345" });
    expect(book.ask("888", { account: { channel: "telegram", accountId: "work" }, code: "ABCD2345" })).toEqual({ kind: "refused", reason: "code-taken" });
    expect(book.ask("888", { account: { channel: "signal", accountId: "default" }, code: "ABCD2345" }).kind).toBe("done");
  });
});

describe("dismissed and revoked", () => {
  test("who was dismissed leaves the list and hears nothing for an hour; a code dismissed by mistake can still be approved", () => {
    const book = new Book();
    const code = book.asked("777");
    book.wait(CODE_TTL_MS / 2);
    expect(book.decide({ kind: "dismiss", channel: "telegram", by: { requestId: "r1" } }).kind).toBe("done");
    expect(pendingRequests(book.records, book.now)).toEqual([]);
    expect(book.decide({ kind: "dismiss", channel: "telegram", by: { requestId: "r1" } })).toEqual({ kind: "refused", reason: "unknown-request" });
    expect(book.ask("777")).toMatchObject({ tell: false });
    const before = book.records;
    expect(book.approve(code).kind).toBe("done");
    expect(book.knows("777")).toBe(true);
    book.records = before;
    book.wait(CODE_TTL_MS - 1);
    expect(book.ask("777")).toMatchObject({ tell: false });
    expect(book.approve(code)).toEqual({ kind: "refused", reason: "unknown-request" });
    book.wait(1);
    expect(book.ask("777")).toMatchObject({ tell: true });
  });

  test("dismissed ones take nobody's place, and are bounded themselves", () => {
    const book = new Book();
    for (let index = 1; index <= MAX_DISMISSED_PER_ACCOUNT + 5; index += 1) {
      book.wait(1);
      book.asked(`${index}`);
      book.decide({ kind: "dismiss", channel: "telegram", by: { requestId: `r${index}` } });
    }
    expect(book.records.size).toBe(MAX_DISMISSED_PER_ACCOUNT);
    expect(book.ask("1")).toMatchObject({ tell: true });
  });

  test("who is revoked is a stranger again, by any spelling of any id", () => {
    for (const id of ["+4915112345678", "4915112345678@s.whatsapp.net", "123@lid"]) {
      const book = new Book();
      const account = { channel: "whatsapp", accountId: "default" };
      book.approve(book.asked("4915112345678@s.whatsapp.net", { account, sender: { aliases: ["123@lid"] } }), "whatsapp");
      expect(book.decide({ kind: "revoke", ...TELEGRAM, id })).toEqual({ kind: "refused", reason: "unknown-sender" });
      expect(book.decide({ kind: "revoke", ...account, accountId: "work", id })).toEqual({ kind: "refused", reason: "unknown-sender" });
      expect(book.decide({ kind: "revoke", ...account, id })).toMatchObject({ kind: "done", revoked: [account], tell: false });
      expect([book.records.size, book.knows("123@lid", account)]).toEqual([0, false]);
      expect(book.ask("4915112345678@s.whatsapp.net", { account })).toMatchObject({ kind: "done", tell: true });
    }
  });

  test("without an account, everywhere on the channel and nowhere else; whoever only waits is not turned out", () => {
    const book = new Book();
    const accounts = [TELEGRAM, { channel: "telegram", accountId: "work" }];
    for (const account of accounts) book.approve(book.asked("777", { account }));
    book.approve(book.asked("888"));
    book.asked("999");
    for (const id of ["7", "0777", "999", "*", ""]) expect(book.decide({ kind: "revoke", channel: "telegram", id })).toEqual({ kind: "refused", reason: "unknown-sender" });
    expect(book.decide({ kind: "revoke", channel: "slack", id: "777" })).toEqual({ kind: "refused", reason: "unknown-sender" });
    expect(book.decide({ kind: "revoke", channel: "telegram", id: "tg:777" })).toMatchObject({ kind: "refused" });
    expect(book.decide({ kind: "revoke", channel: "telegram", id: "777" })).toMatchObject({ kind: "done", revoked: accounts });
    expect([accounts.some((account) => book.knows("777", account)), book.knows("888")]).toEqual([false, true]);
    expect(allGrants(book.records).map(({ id }) => id)).toEqual(["888"]);
    expect(pendingRequests(book.records, book.now).map(({ id }) => id)).toEqual(["999"]);
  });
});

describe("what a stranger reads", () => {
  test("the code, the command that approves it, and how long it lives; and nothing of the owner's", () => {
    const text = renderSenderRequest({ channel: "telegram", code: "ABCD2345" });
    expect(text).toContain("Your pairing code: ABCD2345");
    expect(text).toContain("openclaw pairing approve telegram ABCD2345");
    expect(text).toContain("one hour");
    expect(renderSenderApproved()).toContain("let you in");
  });
});

describe("the owner of an account", () => {
  const grant = (id: string, approvedAtMs: number): SenderGrant => ({ kind: "grant", ...TELEGRAM, id, ids: [id], approvedAtMs });
  const ask = (change: object, grants: readonly SenderGrant[] = []) => isOwner(envelope(), { ...DEFAULT_POLICY, ...change }, grants);

  test("is whom the list names; else who was approved first; never somebody whom `*` let in", () => {
    expect(ask({ allowFrom: ["777"] })).toBe(true);
    expect(ask({ allowFrom: ["888"] }, [grant("777", 1)])).toBe(false);
    expect(ask({}, [grant("888", 2), grant("777", 1)])).toBe(true);
    expect(ask({}, [grant("888", 1), grant("777", 2)])).toBe(false);
    expect(ask({})).toBe(false);
    expect(ask({ dmPolicy: "open", allowFrom: ["*"] })).toBe(false);
    expect(ask({ dmPolicy: "open", allowFrom: ["*"] }, [grant("777", 1)])).toBe(false);
    expect(ask({ dmPolicy: "open", allowFrom: ["*", "777"] })).toBe(true);
  });
});

describe("no sequence of commands", () => {
  const ACCOUNTS: readonly SenderAccount[] = [TELEGRAM, { channel: "telegram", accountId: "work" }, { channel: "signal", accountId: "default" }];
  const PEOPLE = ["1", "2", "3", "4", "5", "6"];
  const account = fc.constantFrom(...ACCOUNTS);
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("ask" as const), account, who: fc.constantFrom(...PEOPLE), code: fc.integer({ min: 0, max: 12 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("approve" as const, "dismiss" as const), account, named: fc.boolean(), code: fc.integer({ min: 0, max: 12 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("revoke" as const), account, who: fc.constantFrom(...PEOPLE) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 60_000, HOUR / 2, HOUR) }) },
  );
  const nameOf = ({ channel, accountId }: SenderAccount, who: string) => `${channel}/${accountId}/${who}`;

  test("lets anybody in whose code was not approved, at that account; and no list ever outgrows its bound", () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const book = new Book();
      const told = new Map<string, { at: EpochMs; name: string }>();
      const lastTold = new Map<string, EpochMs>();
      const letIn = new Set<string>();
      for (const one of steps) {
        if (one.kind === "wait") book.wait(one.ms);
        else if (one.kind === "expire") book.decide({ kind: "expire" });
        else if (one.kind === "ask") {
          const name = nameOf(one.account, one.who);
          const decision = book.ask(one.who, { account: one.account, code: book.code(one.code) });
          if (decision.kind === "done" && decision.tell) {
            expect(book.now - (lastTold.get(name) ?? -HOUR)).toBeGreaterThanOrEqual(HOUR);
            lastTold.set(name, book.now);
            told.set(`${one.account.channel}/${book.code(one.code)}`, { at: book.now, name });
          }
        } else if (one.kind === "revoke") {
          const decision = book.decide({ kind: "revoke", ...one.account, id: one.who });
          expect(decision.kind === "done").toBe(letIn.delete(nameOf(one.account, one.who)));
        } else {
          const { channel, accountId } = one.account;
          const code = book.code(one.code);
          const decision = book.decide({ kind: one.kind, channel, by: { code }, ...(one.named ? { accountId } : {}) });
          if (one.kind === "approve" && decision.kind === "done") {
            const given = told.get(`${channel}/${code}`);
            expect(given && book.now - given.at < HOUR).toBe(true);
            letIn.add(given?.name ?? "nobody");
            // Who is revoked later asks anew.
            lastTold.delete(given?.name ?? "");
          }
        }
        const known = ACCOUNTS.flatMap((where) => PEOPLE.filter((who) => book.knows(who, where)).map((who) => nameOf(where, who)));
        expect(known.sort()).toEqual([...letIn].sort());
        const waiting = pendingRequests(book.records, book.now).map(({ channel, accountId }) => nameOf({ channel, accountId }, ""));
        expect(Math.max(0, ...waiting.map((name) => waiting.filter((other) => other === name).length))).toBeLessThanOrEqual(MAX_REQUESTS_PER_ACCOUNT);
        expect(book.records.size).toBeLessThanOrEqual(ACCOUNTS.length * (MAX_REQUESTS_PER_ACCOUNT + MAX_DISMISSED_PER_ACCOUNT + PEOPLE.length));
      }
    }), { numRuns: 200 });
  });
});
