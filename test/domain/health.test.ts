import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { judgeLoop } from "../../src/domain/health/loop-health.js";

const CALM = { delayP99Ms: 2, utilization: 0.1, cpuCoreRatio: 0.1 };

test.each([
  [{}, []],
  [{ delayP99Ms: 249.9, utilization: 0.949, cpuCoreRatio: 0.949 }, []],
  [{ delayP99Ms: 250 }, ["event_loop_delay"]],
  [{ utilization: 0.95 }, ["event_loop_utilization"]],
  [{ cpuCoreRatio: 0.95 }, ["cpu"]],
  [{ delayP99Ms: 4_000, utilization: 1, cpuCoreRatio: 1.9 }, ["event_loop_delay", "event_loop_utilization", "cpu"]],
])("a loop with %j is troubled by %j", (reading, troubles) => {
  expect(judgeLoop({ ...CALM, ...reading })).toEqual(troubles);
});

test("more of anything never makes it better", () => {
  const amount = fc.double({ min: 0, max: 10_000, noNaN: true });
  const reading = fc.record({ delayP99Ms: amount, utilization: amount, cpuCoreRatio: amount });
  fc.assert(fc.property(reading, reading, (one, more) => {
    const worse = judgeLoop({ delayP99Ms: one.delayP99Ms + more.delayP99Ms, utilization: one.utilization + more.utilization, cpuCoreRatio: one.cpuCoreRatio + more.cpuCoreRatio });
    for (const trouble of judgeLoop(one)) expect(worse).toContain(trouble);
  }));
});
