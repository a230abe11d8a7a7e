import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { after, epochMs } from "../../../src/domain/moment.js";
import { judgeReply, withoutToken } from "../../../src/domain/schedule/heartbeat-reply.js";
import { DEFAULT_VISIBILITY, heartbeatOf, isWithin } from "../../../src/domain/schedule/heartbeat-settings.js";
import { isEffectivelyEmpty, judgeHeartbeat, type HeartbeatFacts } from "../../../src/domain/schedule/judge-heartbeat.js";
import { DEFAULT_SETTINGS } from "../../../src/domain/default-settings.js";

const now = epochMs(1_790_000_000_000);
const HOUR = 3_600_000;

describe("whether a heartbeat is worth a turn", () => {
  const facts: HeartbeatFacts = { trigger: "interval", isConfigured: true, activeHours: undefined, minute: 0, visibility: DEFAULT_VISIBILITY, isBusy: false, hasEvents: false, checklist: undefined };
  const none = { showOk: false, showAlerts: false, useIndicator: false };
  const nine = { startMinute: 540, endMinute: 1_320 };

  test.each<[string, Partial<HeartbeatFacts>, string | undefined]>([
    ["nothing speaks against it", {}, undefined],
    ["there is no model", { isConfigured: false, trigger: "wake" }, "not-configured"],
    ["outside of its hours", { activeHours: nine, minute: 539 }, "quiet-hours"],
    ["inside of its hours", { activeHours: nine, minute: 540 }, undefined],
    ["somebody wants it now, whatever the hour", { activeHours: nine, minute: 0, trigger: "wake" }, undefined],
    ["nobody would be told anything", { visibility: none, trigger: "wake" }, "alerts-disabled"],
    ["an app would be told", { visibility: { ...none, useIndicator: true } }, undefined],
    ["its session is at work", { isBusy: true, trigger: "wake" }, "requests-in-flight"],
    ["the checklist asks for nothing", { checklist: "# Checklist\n" }, "empty-heartbeat-file"],
    ["the checklist asks for nothing, but something waits", { checklist: "# Checklist\n", hasEvents: true }, undefined],
    ["the checklist asks for nothing, but somebody does", { checklist: "", trigger: "wake" }, undefined],
    ["the checklist asks for something", { checklist: "- water the plants" }, undefined],
  ])("%s", (_name, more, reason) => {
    expect(judgeHeartbeat({ ...facts, ...more })).toBe(reason);
  });

  test("hours may go over midnight; two equal times are a whole day", () => {
    const night = { startMinute: 22 * 60, endMinute: 6 * 60 };
    expect([21 * 60 + 59, 22 * 60, 0, 5 * 60 + 59, 6 * 60].map((minute) => isWithin(night, minute))).toEqual([false, true, true, true, false]);
    expect(isWithin({ startMinute: 480, endMinute: 480 }, 3)).toBe(true);
    expect(isWithin({ startMinute: 0, endMinute: 1_440 }, 1_439)).toBe(true);
  });

  test.each([
    ["", true], ["\n\n  \r\n", true], ["# Title\n\n## Part", true], ["#\n-\n- [ ]\n* [x] \n1. ", true], ["<!-- a note\nover lines -->\n# T", true], ["<!-- never closed", true],
    ["#hashtag", false], ["- call Ben", false], ["<!-- a --> call Ben", false], ["text", false], ["- [ ] plants", false], ["---", false],
  ])("a checklist of %j asks for nothing: %s", (text, isEmpty) => {
    expect(isEffectivelyEmpty(text)).toBe(isEmpty);
  });

  test("reading a checklist takes no longer than its length", () => {
    for (const text of ["<!--".repeat(16_000), "# ".repeat(32_000), " ".repeat(65_536), "- ".repeat(32_000), "<!---->".repeat(9_000)]) {
      const started = performance.now();
      isEffectivelyEmpty(text);
      expect(performance.now() - started).toBeLessThan(1_000);
    }
  });
});

describe("what an answer comes to", () => {
  const judge = (text: string, more: Partial<Parameters<typeof judgeReply>[1]> = {}) => judgeReply(text, { ackMaxChars: 30, last: undefined, now, digest: (said) => `digest of ${said}`, ...more });

  test.each([
    ["", "empty"], ["  \n", "empty"], ["HEARTBEAT_OK", "ok"], ["HEARTBEAT_OK.", "ok"], ["**HEARTBEAT_OK**", "ok"], ["<b>HEARTBEAT_OK</b>", "ok"], ["`HEARTBEAT_OK` all is well", "ok"],
    ["All is well. HEARTBEAT_OK", "ok"], ["HEARTBEAT_OK HEARTBEAT_OK", "ok"], ["Is HEARTBEAT_OK the word?", "alert"], ["The washing machine has finished.", "alert"], ["heartbeat_ok", "alert"],
  ])("%j is %s", (text, kind) => {
    expect(judge(text).kind).toBe(kind);
  });

  test("what is too long for a word is said without it", () => {
    const long = "x".repeat(31);
    expect(judge(`HEARTBEAT_OK\n\n- ${long}`)).toEqual({ kind: "alert", text: `- ${long}` });
    expect(judge(`${long} HEARTBEAT_OK`)).toEqual({ kind: "alert", text: long });
    expect(judge(`HEARTBEAT_OK ${"x".repeat(30)}`)).toEqual({ kind: "ok" });
  });

  test("the same is said once a day", () => {
    const said = { digest: "digest of It rains.", at: after(now, -23 * HOUR) };
    expect(judge("It rains.", { last: said }).kind).toBe("duplicate");
    expect(judge("It rains. HEARTBEAT_OK", { last: said, ackMaxChars: 3 }).kind).toBe("duplicate");
    expect(judge("It pours.", { last: said }).kind).toBe("alert");
    expect(judge("It rains.", { last: { ...said, at: after(now, -24 * HOUR) } }).kind).toBe("alert");
  });

  test("whatever is said, the word is gone from both ends, and nothing else is", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("HEARTBEAT_OK", " ", "\n", "**", "a", "Is ", ".", "<b>", "</b>", "- x"), { maxLength: 12 }).map((parts) => parts.join("")), (answer) => {
        const { text, isAcknowledged } = withoutToken(answer);
        expect(text.startsWith("HEARTBEAT_OK") || text.endsWith("HEARTBEAT_OK")).toBe(false);
        expect(isAcknowledged || text === answer.trim()).toBe(true);
        expect(withoutToken(text).text).toBe(text);
      }),
    );
    expect(withoutToken("HEARTBEAT_OK ".repeat(20_000))).toEqual({ text: "", isAcknowledged: true });
  });
});

test("one agent's heartbeat is the default agent's, unless agents have their own", () => {
  const own = { ...DEFAULT_SETTINGS.heartbeat, everyMs: 5 };
  const [main, ops] = [{ id: "main", isDefault: true }, { id: "ops", isDefault: false }];
  const { heartbeat } = DEFAULT_SETTINGS;
  expect([heartbeatOf({ agents: [main, ops], heartbeat }, "main"), heartbeatOf({ agents: [main, ops], heartbeat }, "ops")]).toEqual([heartbeat, undefined]);
  const agents = [main, { ...ops, heartbeat: own }];
  expect([heartbeatOf({ agents, heartbeat }, "main"), heartbeatOf({ agents, heartbeat }, "ops")]).toEqual([undefined, own]);
});
