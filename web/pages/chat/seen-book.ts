import { Store } from "../shared/store.js";

const MAX_SESSIONS = 500;
/** No conversation has this key. */
const SINCE = "";

/** Until when each conversation was looked at in this browser. What was there at the first visit is nothing new. */
export class SeenBook {
  /** Grows with each change. */
  readonly version = new Store(0);
  readonly #key: string;
  #seen: Map<string, number>;

  constructor(gateway: string) {
    this.#key = `openclaw-seen ${gateway}`;
    this.#seen = this.#read();
    // Another tab looked.
    addEventListener("storage", ({ key }) => {
      if (key !== this.#key) return;
      this.#seen = this.#read();
      this.version.set(this.version.value + 1);
    });
  }

  /** Hears of the moments at which something was said last. Those of the first visit are the line that what is new lies beyond. */
  begin(moments: readonly number[]): void {
    if (!this.#seen.has(SINCE)) this.look(SINCE, Math.max(0, ...moments));
  }

  look(key: string, updatedAt: number): void {
    if ((this.#seen.get(key) ?? -1) >= updatedAt) return;
    this.#seen.set(key, updatedAt);
    try {
      localStorage.setItem(this.#key, JSON.stringify([...this.#seen].sort(([, a], [, b]) => b - a).slice(0, MAX_SESSIONS)));
    } catch {
      // Then the next visit is a first one too.
    }
    this.version.set(this.version.value + 1);
  }

  isUnread(key: string, updatedAt: number): boolean {
    return updatedAt > (this.#seen.get(key) ?? this.#seen.get(SINCE) ?? Number.POSITIVE_INFINITY);
  }

  #read(): Map<string, number> {
    try {
      return new Map(JSON.parse(localStorage.getItem(this.#key) ?? "[]") as readonly [string, number][]);
    } catch {
      return new Map();
    }
  }
}
