import { deviceKey } from "../device-key.js";

/**
 * The little world all examples speak of: one gateway, its owner's laptop, a phone that is paired and a tablet that
 * asks to be. The tests build exactly this gateway, so every id below is one it knows.
 */
export const NOW = 1_790_000_000_000;
export const MINUTE = 60_000;

export const LAPTOP = deviceKey("laptop");
export const PHONE = deviceKey("phone");
export const TABLET = deviceKey("tablet");

export const GATEWAY_TOKEN = "example-gateway-token";
export const PAIRING_REQUEST = "6d1f4f0e-8f0c-4c53-9c1e-2f6f0a6b7d11";
export const CHALLENGE_NONCE = "0b7f3c52-63a4-4f5e-9c3d-1a2b3c4d5e6f";
export const CONNECTION = "9a4c1d20-5b7e-4a10-8f3d-6c2e7b9d0f41";

export const MAIN_SESSION = "agent:main:main";
export const TRIP_SESSION = "agent:main:trip";
export const MAIN_SESSION_ID = "3f6a2b1c-7d8e-4f90-a1b2-c3d4e5f60718";
export const TRIP_SESSION_ID = "c0ffee00-1234-4abc-8def-0123456789ab";

/** Idempotency keys, which are also the ids of the runs they start. */
export const AGENT_RUN = "e4b2c9a0-1f3d-4e5b-8a7c-9d0e1f2a3b4c";
export const CHAT_RUN = "71c5d8e2-0a9b-4c3d-9e8f-7a6b5c4d3e2f";
export const SEND_KEY = "a8f3e1d2-c4b5-4967-8899-aabbccddeeff";
export const POLL_KEY = "b19c7f60-3e5d-4a2b-9c8d-7e6f5a4b3c2d";
export const INVOKE_KEY = "d2e3f4a5-b6c7-4d8e-9f0a-1b2c3d4e5f60";

export const RECIPIENT = "123456789";
export const MODEL = { provider: "openai", id: "gpt-5", name: "GPT-5", contextWindow: 400_000 };
export const GREETING = "Good morning! Two meetings today, the first at ten.";
export const FULL_SCOPES = ["operator.admin", "operator.read", "operator.write", "operator.approvals", "operator.pairing"];
