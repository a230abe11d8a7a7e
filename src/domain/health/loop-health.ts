/** Why an event loop counts as overloaded: callbacks come late, it hardly rests, or the process takes up a core. */
export type LoopTrouble = "event_loop_delay" | "event_loop_utilization" | "cpu";

/** Milliseconds that somebody who waits for an answer notices. */
const LATE_MS = 250;
/** Where it rests less than this leaves, whatever comes in waits. */
const BUSY = 0.95;

/** All that is wrong, in a fixed order; nothing where the loop keeps up. */
export function judgeLoop({ delayP99Ms, utilization, cpuCoreRatio }: { readonly delayP99Ms: number; readonly utilization: number; readonly cpuCoreRatio: number }): readonly LoopTrouble[] {
  const troubles: LoopTrouble[] = [];
  if (delayP99Ms >= LATE_MS) troubles.push("event_loop_delay");
  if (utilization >= BUSY) troubles.push("event_loop_utilization");
  if (cpuCoreRatio >= BUSY) troubles.push("cpu");
  return troubles;
}
