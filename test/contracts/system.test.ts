import { expect, test } from "@jest/globals";
import { setTimeout as wait } from "node:timers/promises";
import { AjvFrameValidator } from "../../src/adapters/validation/ajv/index.js";
import { NodeSignatures } from "../../src/adapters/crypto/node/index.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { FixedLoopGauge, NodeLoopGauge, RandomIds, SystemClock } from "../../src/adapters/system/index.js";
import { clockContract, frameValidatorContract, idsContract, loopGaugeContract, signaturesContract } from "../../src/testing/contracts/system.js";

clockContract("SystemClock", () => {
  const clock = new SystemClock();
  // The one clock that no test can move: its own timer is the event to wait for.
  return { clock, reach: async (at) => void (await wait(Math.max(at - clock.now(), 0) + 2)) };
});
clockContract("HandClock", () => {
  const clock = new HandClock();
  return { clock, reach: (at) => clock.pass(at - clock.now()) };
});
idsContract("RandomIds", () => new RandomIds());
signaturesContract("NodeSignatures", () => new NodeSignatures());
frameValidatorContract("AjvFrameValidator", () => new AjvFrameValidator());

// What it measures is real time: there is nothing else to wait for.
const WHILE_MS = 450;
loopGaugeContract("NodeLoopGauge", () => ({ gauge: new NodeLoopGauge(new HandClock()), work: async () => void (await wait(WHILE_MS)) }));
loopGaugeContract("FixedLoopGauge", () => ({ gauge: new FixedLoopGauge({ intervalMs: 1_000, delayP99Ms: 1, delayMaxMs: 2, utilization: 0.1, cpuCoreRatio: 0.1 }), work: async () => undefined }));

test("Node's gauge sees a loop that is held up, and forgets it once nobody has asked for a minute", async () => {
  const clock = new HandClock();
  const gauge = new NodeLoopGauge(clock);
  gauge.read();
  await wait(50);
  for (const until = performance.now() + WHILE_MS; performance.now() < until;);
  await wait(50);
  const held = gauge.read();
  expect(held?.delayMaxMs).toBeGreaterThan(WHILE_MS / 2);
  expect(held?.utilization).toBeGreaterThan(0.3);
  expect(held?.cpuCoreRatio).toBeGreaterThan(0);
  await clock.pass(60_000);
  expect(gauge.read()).toBeUndefined();
  await wait(WHILE_MS);
  expect(gauge.read()?.delayMaxMs).toBeLessThan(held?.delayMaxMs ?? 0);
  gauge.close();
});
