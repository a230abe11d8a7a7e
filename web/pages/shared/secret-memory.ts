import type { TextStorage } from "../../../src/client/browser/index.js";

/**
 * What was typed to sign in, for as long as this device waits to be let in: in this tab, for this gateway. Once the
 * gateway has issued a token to the device, the secret that opens everything is no longer needed, and forgotten.
 */
export class SecretMemory {
  readonly #key: string;

  constructor(gateway: string) {
    this.#key = `openclaw-secret ${gateway}`;
  }

  read(): string | undefined {
    return quietly(() => sessionStorage.getItem(this.#key)) ?? undefined;
  }

  keep(secret: string): void {
    quietly(() => sessionStorage.setItem(this.#key, secret));
  }

  forget(): void {
    quietly(() => sessionStorage.removeItem(this.#key));
  }
}

/** The browser's storage, in which each gateway behind one host has a place of its own. */
export function storageFor(gateway: string): TextStorage {
  const keyed = (key: string): string => `${key} ${gateway}`;
  return {
    getItem: (key) => quietly(() => localStorage.getItem(keyed(key))) ?? null,
    setItem: (key, value) => localStorage.setItem(keyed(key), value),
    removeItem: (key) => void quietly(() => localStorage.removeItem(keyed(key))),
  };
}

/** What pages keep of this gateway, but the device's key: that is the browser's, and no secret of the gateway's. */
export function forgetGateway(gateway: string): void {
  for (const storage of [() => localStorage, () => sessionStorage]) {
    quietly(() => {
      const kept = storage();
      const keys = Array.from({ length: kept.length }, (_, nth) => kept.key(nth) ?? "");
      for (const key of keys) if (key.startsWith("openclaw-") && (key.endsWith(` ${gateway}`) || key.startsWith("openclaw-draft "))) kept.removeItem(key);
    });
  }
}

/** Browsers that keep nothing for a page throw at the mere sight of their storage. */
function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
