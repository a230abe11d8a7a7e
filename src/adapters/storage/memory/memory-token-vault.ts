import { createHmac } from "node:crypto";

import type { TokenVault } from "../../../ports/token-vault.js";

/** Derives tokens with a key that is handed in: the same key gives the same tokens, which suits a test. */
export class MemoryTokenVault implements TokenVault {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = Uint8Array.from(key);
  }

  derive({ deviceId, role, serial }: { deviceId: string; role: string; serial: string }): string {
    return createHmac("sha256", this.#key).update(JSON.stringify([deviceId, role, serial])).digest("base64url");
  }
}
