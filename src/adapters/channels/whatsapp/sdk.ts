import { createRequire } from "node:module";
import type * as Baileys from "@whiskeysockets/baileys";
import { quietSignal } from "./quiet-signal.js";
import { leanSenderKeys } from "./sender-keys.js";

export type Sdk = typeof Baileys;

/** The version that this channel was written for: what it knows of the library's inside is in `quiet-signal.ts`, `sender-keys.ts`, `socket-guard.ts` and `pre-keys.ts`. */
export const SDK = "@whiskeysockets/baileys@7.0.0-rc14";

/** Why the library can't be used, as a whole sentence. */
export class SdkUnusable extends Error {}

/** Loaded when the first channel starts, and never before: it takes a third of a second and about 30 MB. */
export async function loadSdk(): Promise<Sdk> {
  let sdk: Sdk;
  let isLean: boolean;
  try {
    sdk = await import("@whiskeysockets/baileys");
    isLean = leanSenderKeys((await import("@whiskeysockets/baileys/lib/Signal/Group/sender-key-state.js")).SenderKeyState);
  } catch (cause) {
    throw new SdkUnusable(`The library for WhatsApp is not installed or can't be loaded; install it beside the gateway with "npm install ${SDK}", then start the channel.`, { cause });
  }
  const here = createRequire(import.meta.url);
  const beside = createRequire(here.resolve("@whiskeysockets/baileys"));
  if (!isLean || !quietSignal(beside("libsignal"))) throw new SdkUnusable(`The library for WhatsApp is not the version that the gateway was written for, and might print keys; install ${SDK}.`);
  return sdk;
}

/** Baileys tells its log what it sends, keys and texts among it: none of that is for ours. */
export const NO_LOG: NonNullable<Baileys.UserFacingSocketConfig["logger"]> = {
  level: "silent",
  child: () => NO_LOG,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
