import { setTimeout as wait } from "node:timers/promises";
import { AjvFrameValidator } from "../../src/adapters/validation/ajv/index.js";
import { NodeSignatures } from "../../src/adapters/crypto/node/index.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { RandomIds, SystemClock } from "../../src/adapters/system/index.js";
import { clockContract, frameValidatorContract, idsContract, signaturesContract } from "../../src/testing/contracts/system.js";

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
