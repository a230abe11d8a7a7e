export { AddressLocality } from "./address-locality.js";
export { FixedLoopGauge } from "./fixed-loop-gauge.js";
export { NodeLoopGauge } from "./node-loop-gauge.js";
export { RandomIds } from "./random-ids.js";
export { SystemClock } from "./system-clock.js";
