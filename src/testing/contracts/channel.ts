import { describe, expect, test } from "./kit.js";
import type { Channel } from "../../ports/channel.js";

export interface ChannelRig {
  readonly channel: Channel;
  /** Somebody who can be written to, and an address that leads nowhere. */
  readonly to: string;
  readonly nobody: string;
  /** The texts that reached `to`, oldest first. */
  delivered(): readonly string[] | Promise<readonly string[]>;
}

const message = (to: string, text: string) => ({ to, text, mediaUrls: [], idempotencyKey: `key-${text}` });

/** What every channel promises to the gateway, whatever is behind it. */
export function channelContract(name: string, createRig: () => ChannelRig | Promise<ChannelRig>): void {
  describe(`channel contract: ${name}`, () => {
    test("delivers in order, each message under an id of its own", async () => {
      const rig = await createRig();
      const ids: string[] = [];
      for (const text of ["one", "two", "three"]) {
        const outcome = await rig.channel.send(message(rig.to, text));
        expect(outcome.kind).toBe("delivered");
        if (outcome.kind === "delivered") ids.push(outcome.messageId);
      }
      expect(await rig.delivered()).toEqual(["one", "two", "three"]);
      expect(new Set(ids).size).toBe(3);
    });

    test("an address that leads nowhere is a refusal in whole words, not an exception", async () => {
      const rig = await createRig();
      const outcome = await rig.channel.send(message(rig.nobody, "hello"));
      expect(outcome).toMatchObject({ kind: "refused", code: "unknown-target" });
      if (outcome.kind === "refused") expect(outcome.reason).not.toContain("hello");
      expect(await rig.delivered()).toEqual([]);
    });

    test("what it lacks is data, and asking for it anyway is refused as unsupported", async () => {
      const { channel, to } = await createRig();
      expect(channel.abilities.text.limit).toBeGreaterThan(0);
      const poll = await channel.poll({ to, question: "Tea?", options: ["yes", "no"], maxSelections: 1, idempotencyKey: "poll" });
      if (channel.abilities.polls) expect(poll).toMatchObject({ kind: "delivered", pollId: expect.any(String) });
      else expect(poll).toMatchObject({ kind: "refused", code: "unsupported" });
    });

    test("tells its state at any time", async () => {
      const { channel } = await createRig();
      expect(["idle", "connecting", "live", "degraded", "needs-operator"]).toContain(channel.status().state);
    });
  });
}
