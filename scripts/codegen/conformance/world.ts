import { deviceKey } from "../device-key.js";

/** Every value follows from this file, so that the vectors come out the same each time. */
export const NOW = 1_790_000_000_000;
export const NONCE = "3d1f5c2e-7a4b-4c8d-9e0f-1a2b3c4d5e6f";
export const OTHER_NONCE = "00000000-0000-4000-8000-000000000000";

export const TOKEN = "conformance-gateway-token";
export const PASSWORD = "conformance gateway password";

/** A peer on the gateway's own host, and one elsewhere. */
export const LOOPBACK = "127.0.0.1";
export const REMOTE = "203.0.113.7";

export const ALPHA = deviceKey("conformance alpha");
export const BETA = deviceKey("conformance beta");
