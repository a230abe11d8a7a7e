import { afterEach, beforeEach, describe, expect, test } from "./kit.js";
import type { NodeCall, NodeCommand, NodeCommandOutcome } from "../../ports/node-command.js";

export interface NodeCommandRig {
  readonly command: NodeCommand;
  /** Params of a call that succeeds. */
  readonly good: unknown;
  /** Params that are refused, where any are. */
  readonly bad?: readonly unknown[];
  /** Params of a call that goes on until it is given up, where there is such. It has begun once it told or wrote something. */
  readonly endless?: unknown;
  dispose(): Promise<void>;
}

/** A call as a node makes it, and what was said in it. */
export class TestNodeCall implements NodeCall {
  readonly idempotencyKey: string;
  readonly sessionKey: string;
  readonly told: { readonly event: string; readonly payload: Readonly<Record<string, unknown>> }[] = [];
  readonly #abort = new AbortController();
  /** Resolves once the command said anything. */
  readonly begun: Promise<void>;
  #hear = (): void => undefined;
  written = "";

  constructor({ idempotencyKey = "key", sessionKey = "main" }: { idempotencyKey?: string; sessionKey?: string } = {}) {
    this.idempotencyKey = idempotencyKey;
    this.sessionKey = sessionKey;
    this.begun = new Promise((resolve) => {
      this.#hear = resolve;
    });
  }

  get cancel(): AbortSignal {
    return this.#abort.signal;
  }

  progress(text: string): void {
    this.written += text;
    this.#hear();
  }

  tell(event: string, payload: Readonly<Record<string, unknown>>): void {
    this.told.push({ event, payload });
    this.#hear();
  }

  giveUp(): void {
    this.#abort.abort();
  }
}

const ODD = [undefined, null, 0, "", "text", [], {}, { __proto__: null }, [[]], { command: {} }, Number.NaN, JSON.parse('{"__proto__":{"command":["x"]},"constructor":1}') as unknown];

/** What every command of a node promises. */
export function nodeCommandContract(name: string, createRig: () => Promise<NodeCommandRig>): void {
  describe(`NodeCommand: ${name}`, () => {
    let rig: NodeCommandRig;
    beforeEach(async () => {
      rig = await createRig();
    });
    afterEach(async () => {
      await rig.command.close?.();
      await rig.dispose();
    });

    const isOutcome = (outcome: NodeCommandOutcome): void => {
      if (outcome.kind === "done") return void expect(JSON.stringify(outcome.payload ?? null)).toBeDefined();
      expect(outcome.code).toMatch(/^[A-Z_]+$/u);
      // A whole sentence, to which whoever shows it puts the code.
      expect(outcome.message).toMatch(/^\S.{8,}/su);
      expect(outcome.message.startsWith(outcome.code)).toBe(false);
    };

    test("has a name of two parts, and says whether this host can do it", async () => {
      expect(rig.command.name).toMatch(/^[a-z]+(?:\.[A-Za-z0-9]+)+$/u);
      expect(typeof (await rig.command.available())).toBe("boolean");
    });

    test("does what it is asked, and what it answers is JSON", async () => {
      const outcome = await rig.command.run(rig.good, new TestNodeCall());
      expect(outcome.kind).toBe("done");
      isOutcome(outcome);
    });

    test("whatever it is asked with, it answers", async () => {
      for (const params of [...ODD, ...(rig.bad ?? [])]) isOutcome(await rig.command.run(params, new TestNodeCall()));
    });

    test("what it can't be asked with is refused", async () => {
      for (const params of rig.bad ?? []) expect(await rig.command.run(params, new TestNodeCall())).toMatchObject({ kind: "failed", code: "INVALID_REQUEST" });
    });

    test("a call that is given up ends, and says nothing afterwards", async () => {
      if (rig.endless === undefined) return;
      const call = new TestNodeCall();
      const work = rig.command.run(rig.endless, call);
      await call.begun;
      call.giveUp();
      expect((await work).kind).toBe("failed");
      const said = [call.written, call.told.length];
      await rig.command.close?.();
      expect([call.written, call.told.length]).toEqual(said);
    });

    test("a call that was given up before it came does nothing", async () => {
      if (rig.endless === undefined) return;
      const call = new TestNodeCall();
      call.giveUp();
      expect((await rig.command.run(rig.endless, call)).kind).toBe("failed");
      expect(call.written).toBe("");
    });

    test("closing ends what it does, more than once", async () => {
      if (rig.endless === undefined || rig.command.close === undefined) return;
      const call = new TestNodeCall();
      const work = rig.command.run(rig.endless, call);
      await call.begun;
      await Promise.all([rig.command.close(), rig.command.close()]);
      expect((await work).kind).toBe("failed");
    });
  });
}
