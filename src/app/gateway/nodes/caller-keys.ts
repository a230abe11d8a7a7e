import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";

const MOST = 4_096;

/**
 * What a node hears as idempotency key. A node knows nothing of who asks, so of two callers that chose the same key
 * the later one gets another: it must not be given the answer that was meant for the first.
 */
export class CallerKeys {
  readonly #owners = new AgeOrderedMap<string>(MOST);
  readonly #digest: (text: string) => string;

  constructor(digest: (text: string) => string) {
    this.#digest = digest;
  }

  keyFor(key: string, principal: string): string {
    const owner = this.#owners.get(key);
    if (owner === undefined) this.#owners.set(key, principal);
    return owner === undefined || owner === principal ? key : `${key}~${this.#digest(principal).slice(0, 16)}`;
  }
}
