import { expect, test } from "@jest/globals";
import { createTestGateway, Gate } from "../../src/testing/index.js";
import { idsContract } from "../../src/testing/contracts/index.js";
import { SeededIds } from "../../src/testing/seeded-ids.js";

idsContract("SeededIds", () => new SeededIds(7));

test("the same seed tells the same story to the letter", async () => {
  const tell = async (seed: number): Promise<string> => {
    const gateway = await createTestGateway({ seed, script: [{ kind: "say", text: "Hello." }] });
    const client = await gateway.connect();
    await client.call("agent", { message: "hi", idempotencyKey: "k" });
    await gateway.pass(90_000);
    await gateway.close();
    return JSON.stringify([client.hello, client.events, client.responses]);
  };
  expect(await tell(1)).toBe(await tell(1));
  expect(await tell(2)).not.toBe(await tell(1));
});

test("a run stands still until its gate opens, whatever the clock says", async () => {
  const gate = new Gate();
  const gateway = await createTestGateway({ script: [{ kind: "say", text: "one" }, { kind: "wait", gate }, { kind: "say", text: " two" }] });
  const client = await gateway.connect({ scopes: ["operator.read", "operator.write"] });
  const accepted = await client.request("agent", { message: "count", idempotencyKey: "k" });
  await gateway.pass(10_000);
  expect(client.responses.filter(({ id }) => id === accepted.id)).toHaveLength(1);
  gate.open();
  expect(await client.response(accepted.id)).toMatchObject({ ok: true, payload: { status: "ok", result: { payloads: [{ text: "one two" }] } } });
  await gateway.close();
});

test("two gateways do not meet", async () => {
  const [one, other] = await Promise.all([createTestGateway(), createTestGateway({ seed: 2 })]);
  await (await one.connect()).call("send", { channel: "memory", to: "ada", message: "hi", idempotencyKey: "k" });
  expect(one.channel.shown).toHaveLength(1);
  expect(other.channel.shown).toHaveLength(0);
  await Promise.all([one.close(), other.close()]);
  expect([one.clock.pending, other.clock.pending]).toEqual([0, 0]);
});
