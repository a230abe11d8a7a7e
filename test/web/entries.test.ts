import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { entriesOf } from "../../web/pages/chat/entries.js";
import { LiveRun } from "../../web/pages/chat/live-run.js";
import { pageOrigin } from "../../web/pages/shared/endpoint.js";
import type { AgentEvent, ChatEvent } from "../../src/domain/protocol/events.js";

const text = (value: string) => [{ type: "text", text: value }];

describe("a transcript as a reader sees it", () => {
  test("a tool's answer stands with its call, and what has an id keeps it", () => {
    const entries = entriesOf([
      { role: "user", id: "k1", content: text("Look"), timestamp: 1 },
      { role: "assistant", content: [...text("Looking."), { type: "toolCall", id: "c1", name: "find", arguments: { a: 1 } } as { type: string }], timestamp: 2 },
      { role: "toolResult", toolCallId: "c1", toolName: "find", content: text("found"), timestamp: 3 },
      { role: "assistant", content: text("[Reminder]\n\nTea"), stopReason: "injected", timestamp: 4 },
      { role: "assistant", content: text("Half"), stopReason: "aborted", timestamp: 4 },
      { role: "assistant", content: "", timestamp: 5 },
    ]);
    expect(entries.map(({ key }) => key)).toEqual(["message k1", "assistant 2", "tool c1", "assistant 4", "assistant 4 #2"]);
    expect(entries[2]).toMatchObject({ kind: "tool", name: "find", args: { a: 1 }, result: "found" });
    expect(entries[3]).toMatchObject({ kind: "note", label: "Reminder", text: "Tea" });
    expect(entries[4]).toMatchObject({ kind: "said", isStopped: true });
  });

  test("no two entries share a key, whatever the transcript", () => {
    const message = fc.record({
      role: fc.constantFrom("user", "assistant", "toolResult", "system"),
      id: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
      timestamp: fc.constantFrom(1, 2),
      content: fc.oneof(fc.constant("x"), fc.uniqueArray(fc.constantFrom("c1", "c2", "c3"), { maxLength: 2 }).map((ids) => [...text("y"), ...ids.map((id) => ({ type: "toolCall", id, name: "t" }))])),
      toolCallId: fc.constantFrom("c1", "c2", "c9"),
    });
    fc.assert(fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
      const keys = entriesOf(messages as never).map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }));
  });
});

describe("a run that is under way", () => {
  const say = (run: LiveRun, value: string): void => run.onChat({ message: { role: "assistant", content: text(value) } } as unknown as ChatEvent);
  const tool = (run: LiveRun, data: object): void => run.onAgent({ stream: "tool", data } as unknown as AgentEvent);

  test("what it said before a step stands before it", () => {
    const run = new LiveRun("r");
    say(run, "First.");
    tool(run, { phase: "start", name: "find", toolCallId: "c1", args: {} });
    say(run, "First.\n\nThen.");
    expect(run.entries.map((entry) => (entry.kind === "tool" ? entry.result : entry.text))).toEqual(["First.", undefined, "Then."]);
    tool(run, { phase: "result", name: "find", toolCallId: "c1", result: { n: 1 } });
    expect(run.entries[1]).toMatchObject({ result: '{"n":1}' });
    // A step whose beginning was lost is one all the same.
    tool(run, { phase: "result", name: "more", toolCallId: "c2", result: "x" });
    expect(run.entries.length).toBe(4);
  });

  test("a piece that comes late takes nothing back", () => {
    const run = new LiveRun("r");
    say(run, "All of it");
    say(run, "All");
    expect(run.entries).toMatchObject([{ text: "All of it" }]);
    run.onChat({ message: { role: "assistant", content: text("Else") }, replace: true } as unknown as ChatEvent);
    expect(run.entries).toMatchObject([{ text: "Else" }]);
  });
});

test.each([
  ["http://127.0.0.1:18789/chat?session=a#b", "ws://127.0.0.1:18789/", "127.0.0.1:18789/"],
  ["https://example.org/claw/", "wss://example.org/claw/", "example.org/claw/"],
  ["https://example.org/claw/chat?gatewayUrl=ws://evil.example", "wss://example.org/claw/", "example.org/claw/"],
])("the page at %s belongs to the gateway at %s", (href, url, key) => {
  expect(pageOrigin(href)).toEqual({ url, key });
});
