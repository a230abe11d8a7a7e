import { afterEach, beforeEach, describe, expect, test } from "./kit.js";
import type { AgentRuntime, AgentStep, AgentTool, AgentTurn } from "../../ports/agent-runtime.js";

/** What the rig makes the next turn's answer do. */
export type Behaviour =
  | { readonly kind: "answer"; readonly words: readonly string[] }
  /** Says the words, then nothing more until it is stopped. */
  | { readonly kind: "stall"; readonly words: readonly string[] }
  /** Calls the tool, reads its result, then says the words. */
  | { readonly kind: "call-then-answer"; readonly tool: string; readonly args: unknown; readonly words: readonly string[] }
  | { readonly kind: "rate-limited"; readonly retryAfterS: number };

export interface AgentRuntimeStage {
  readonly runtime: AgentRuntime;
  behave(behaviour: Behaviour): void;
  /** Resolves once the provider has noticed that nobody listens any more; absent where there is no provider. */
  hungUp?(): Promise<void>;
  /** Requests that reached the provider. */
  asked(): number;
  stop(): Promise<void>;
}

export interface AgentRuntimeRig {
  /** What the runtime cannot do at all, and is not held to. */
  readonly lacks?: readonly ("script" | "tools" | "failures")[];
  start(): Promise<AgentRuntimeStage>;
}

export const turnOf = (message: string, more: Partial<AgentTurn> = {}): AgentTurn => ({
  runId: "run-1", agentId: "main", sessionKey: "agent:main:main", sessionId: "session-1",
  history: [], message, attachments: [], tools: [], ...more,
});

export const collect = async (steps: AsyncIterable<AgentStep>, onStep?: (step: AgentStep) => void): Promise<AgentStep[]> => {
  const all: AgentStep[] = [];
  for await (const step of steps) {
    all.push(step);
    onStep?.(step);
  }
  return all;
};

export const textIn = (steps: readonly AgentStep[]): string => steps.map((step) => (step.kind === "text" ? step.delta : "")).join("");

/** Exactly one end, and nothing behind it. */
export const endOf = (steps: readonly AgentStep[]): Extract<AgentStep, { kind: "done" | "failed" }> => {
  const ends = steps.filter((step) => step.kind === "done" || step.kind === "failed");
  expect(ends).toHaveLength(1);
  expect(steps.at(-1)).toBe(ends[0]);
  return ends[0] as Extract<AgentStep, { kind: "done" | "failed" }>;
};

const never = new AbortController().signal;

export const agentRuntimeContract = (name: string, rig: AgentRuntimeRig): void => {
  // What a runtime lacks is not a test that was skipped: there is nothing to hold it to.
  const can = (ability: "script" | "tools" | "failures"): ((title: string, body: () => Promise<void>) => void) =>
    ((rig.lacks ?? []).includes(ability) ? () => {} : test);

  describe(`AgentRuntime: ${name}`, () => {
    let stage: AgentRuntimeStage;
    beforeEach(async () => { stage = await rig.start(); });
    afterEach(async () => { await stage.stop(); });

    test("streams its answer as deltas that join to the whole, and ends once, last", async () => {
      const words = ["The ", "quick ", "brown ", "fox\n", "\n", "— jumps ", "🦊."];
      stage.behave({ kind: "answer", words });
      const steps = await collect(stage.runtime.run(turnOf(words.join("")), never));
      expect(endOf(steps).kind).toBe("done");
      expect(textIn(steps).startsWith(words.join(""))).toBe(true);
      expect(steps.filter((step) => step.kind === "text").length).toBeGreaterThan(1);
      expect(steps.filter((step) => step.kind === "model").length).toBe(1);
    });

    can("script")("says nothing but what the answer holds", async () => {
      stage.behave({ kind: "answer", words: ["Yes."] });
      expect(textIn(await collect(stage.runtime.run(turnOf("no"), never)))).toBe("Yes.");
    });

    test("a cancel in the middle ends it once, as aborted, and ends the provider's call", async () => {
      stage.behave({ kind: "stall", words: ["one ", "two "] });
      const abort = new AbortController();
      const steps = await collect(stage.runtime.run(turnOf("one two three four"), abort.signal), (step) => {
        if (step.kind === "text") abort.abort();
      });
      const end = endOf(steps);
      expect(end).toMatchObject({ kind: "failed", failure: { reason: "aborted" } });
      expect(steps.filter((step) => step.kind === "text")).toHaveLength(1);
      await stage.hungUp?.();
    });

    can("script")("a cancel while it waits ends it", async () => {
      stage.behave({ kind: "stall", words: ["one "] });
      const abort = new AbortController();
      const run = collect(stage.runtime.run(turnOf("hello"), abort.signal), (step) => {
        // After this step it waits for more, which will not come.
        if (step.kind === "text") setImmediate(() => { abort.abort(); });
      });
      expect(endOf(await run)).toMatchObject({ kind: "failed", failure: { reason: "aborted" } });
      await stage.hungUp?.();
    });

    test("a run that was cancelled before it began asks no provider", async () => {
      stage.behave({ kind: "answer", words: ["Too late."] });
      const steps = await collect(stage.runtime.run(turnOf("hello"), AbortSignal.abort()));
      expect(steps).toHaveLength(1);
      expect(endOf(steps)).toMatchObject({ kind: "failed", failure: { reason: "aborted" } });
      expect(stage.asked()).toBe(0);
    });

    test("who stops listening ends the provider's call", async () => {
      stage.behave({ kind: "stall", words: ["one ", "two "] });
      for await (const step of stage.runtime.run(turnOf("one two three"), never)) if (step.kind === "text") break;
      await stage.hungUp?.();
    });

    can("script")("two runs at once do not meet", async () => {
      stage.behave({ kind: "answer", words: ["a", "a", "a"] });
      const first = collect(stage.runtime.run(turnOf("first"), never));
      const second = collect(stage.runtime.run(turnOf("second"), AbortSignal.abort()));
      expect(endOf(await second).kind).toBe("failed");
      expect(textIn(await first)).toBe("aaa");
    });

    can("failures")("a provider's refusal is a typed outcome", async () => {
      stage.behave({ kind: "rate-limited", retryAfterS: 7 });
      const end = endOf(await collect(stage.runtime.run(turnOf("hello"), never)));
      expect(end).toMatchObject({ kind: "failed", failure: { reason: "rate_limit", httpStatus: 429, retryAfterMs: 7_000 } });
      expect(end.kind === "failed" && end.failure.message).toMatch(/^[A-Z].*[."]$/u);
    });

    if (!(rig.lacks ?? []).includes("tools")) describe("tools", () => {
      const toolThat = (run: AgentTool["run"]): AgentTool => ({
        name: "sessions.list", description: "Lists sessions", run,
        parameters: { type: "object", properties: { limit: { type: "number" } }, additionalProperties: false },
      });
      const behaviour: Behaviour = { kind: "call-then-answer", tool: "sessions.list", args: { limit: 3 }, words: ["Three ", "sessions."] };

      test("are called with their arguments, told from start to end, and their result is read", async () => {
        const calls: unknown[] = [];
        stage.behave(behaviour);
        const tool = toolThat((args) => {
          calls.push(args);
          return Promise.resolve({ result: { sessions: ["a", "b", "c"] }, isError: false });
        });
        const steps = await collect(stage.runtime.run(turnOf("how many?", { tools: [tool] }), never));
        expect(calls).toEqual([{ limit: 3 }]);
        const told = steps.filter((step) => step.kind === "tool-start" || step.kind === "tool-end");
        expect(told).toEqual([
          { kind: "tool-start", callId: expect.any(String), name: "sessions.list", args: { limit: 3 } },
          { kind: "tool-end", callId: expect.any(String), name: "sessions.list", result: { sessions: ["a", "b", "c"] }, isError: false },
        ]);
        expect(told[0]).toHaveProperty("callId", (told[1] as { callId: string }).callId);
        expect(textIn(steps)).toBe("Three sessions.");
        expect(endOf(steps).kind).toBe("done");
      });

      test("tell the model about their own errors, and the run goes on", async () => {
        stage.behave(behaviour);
        const tool = toolThat(() => Promise.resolve({ result: "The store is closed.", isError: true }));
        const steps = await collect(stage.runtime.run(turnOf("how many?", { tools: [tool] }), never));
        expect(steps).toContainEqual(expect.objectContaining({ kind: "tool-end", isError: true, result: "The store is closed." }));
        expect(endOf(steps).kind).toBe("done");
      });

      test("hear of a cancel, and cannot hold up the end by ignoring it", async () => {
        stage.behave(behaviour);
        const abort = new AbortController();
        let heard = false;
        const tool = toolThat((_args, cancel) => {
          cancel.addEventListener("abort", () => { heard = true; });
          setImmediate(() => { abort.abort(); });
          return new Promise(() => {});
        });
        const steps = await collect(stage.runtime.run(turnOf("how many?", { tools: [tool] }), abort.signal));
        expect(endOf(steps)).toMatchObject({ kind: "failed", failure: { reason: "aborted" } });
        expect(heard).toBe(true);
      });
    });
  });
};
