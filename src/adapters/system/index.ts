export { AddressLocality } from "./address-locality.js";
export { RandomIds } from "./random-ids.js";
export { SystemClock } from "./system-clock.js";
