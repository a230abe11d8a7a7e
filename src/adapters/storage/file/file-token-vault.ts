import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";

import type { TokenVault } from "../../../ports/token-vault.js";
import { createStateFile, ensureFolder, readStateFile } from "./atomic-file.js";
import { StateFileError } from "./state-file-error.js";

const KEY_BYTES = 32;
const KEY_TEXT = /^[0-9a-f]{64}\n?$/;
const PURPOSE = "openclaw-gateway device token v1";

/**
 * Derives tokens with a key in `<dir>/devices/token-key`, made at the first opening. The stored digests of tokens stay
 * good without the key; should it be lost, a token that has to be told again is simply no longer derivable, and the
 * digest of what a new key derives differs from the stored one.
 */
export class FileTokenVault implements TokenVault {
  readonly #folder: string;
  readonly #whenExposed: "refuse" | "leave";
  #key: Buffer | undefined;

  /** `allowReadable` takes a key that other users of this host can read. */
  constructor({ dir, allowReadable = false }: { dir: string; allowReadable?: boolean }) {
    this.#folder = join(dir, "devices");
    this.#whenExposed = allowReadable ? "leave" : "refuse";
  }

  /** Must come before the first {@link derive}. Whoever opens at the same time gets the same key. @throws {StateFileError} */
  async open(): Promise<void> {
    const file = join(this.#folder, "token-key");
    await ensureFolder(this.#folder);
    let text = await readStateFile(file, this.#whenExposed);
    if (text === undefined) {
      await createStateFile(file, `${randomBytes(KEY_BYTES).toString("hex")}\n`);
      // Another opener may have been first: what is in the file counts, not what was written here.
      text = await readStateFile(file, this.#whenExposed);
    }
    if (text === undefined || !KEY_TEXT.test(text)) throw new StateFileError(file, "damaged", { detail: "expected 64 hexadecimal digits" });
    this.#key = Buffer.from(text.trim(), "hex");
  }

  derive({ deviceId, role, serial }: { deviceId: string; role: string; serial: string }): string {
    if (!this.#key) throw new Error("The token vault is not open.");
    return createHmac("sha256", this.#key).update(framed([PURPOSE, deviceId, role, serial])).digest("base64url");
  }
}

/** Each behind its length, which keeps ("ab", "c") and ("a", "bc") apart. */
function framed(parts: readonly string[]): Buffer {
  const lengths = parts.map((part) => Buffer.byteLength(part));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  for (const [nth, part] of parts.entries()) {
    at = bytes.writeUInt32BE(lengths[nth] ?? 0, at);
    at += bytes.write(part, at, "utf8");
  }
  return bytes;
}
