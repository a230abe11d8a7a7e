import { Store } from "../shared/store.js";
import type { Attachment } from "./attachment.js";

/** A message of this page that the transcript does not have yet. */
export interface Outgoing {
  /** The idempotency key. However often it is sent, it is one message. */
  readonly id: string;
  readonly sessionKey: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly at: number;
  readonly state:
    | { readonly kind: "sending" }
    | { readonly kind: "sent" }
    /**
     * `isLost`: nobody refused it, so it is sent again by itself once there is a connection. `isFinal`: it was refused, and
     * would be under this key for as long as the gateway remembers it.
     */
    | { readonly kind: "failed"; readonly reason: string; readonly isLost: boolean; readonly isFinal: boolean };
}

/** More than this is not kept for the case that the page is closed. */
const MAX_KEPT = 2_000_000;

/** What was written here and has not arrived. It outlives a reload of the page. */
export class Outbox {
  readonly all: Store<readonly Outgoing[]>;
  readonly #key: string;

  constructor(gateway: string) {
    this.#key = `openclaw-outbox ${gateway}`;
    this.all = new Store(this.#read());
  }

  of(sessionKey: string): readonly Outgoing[] {
    return this.all.value.filter((one) => one.sessionKey === sessionKey);
  }

  find(id: string): Outgoing | undefined {
    return this.all.value.find((one) => one.id === id);
  }

  add(message: Outgoing): void {
    this.#become([...this.all.value, message]);
  }

  mark(id: string, state: Outgoing["state"]): void {
    this.#become(this.all.value.map((one) => (one.id === id ? { ...one, state } : one)));
  }

  /** As another message, where the first was refused for good. */
  renew(id: string, next: string): void {
    this.#become(this.all.value.map((one) => (one.id === id ? { ...one, id: next } : one)));
  }

  remove(ids: ReadonlySet<string>): void {
    if (this.all.value.some(({ id }) => ids.has(id))) this.#become(this.all.value.filter(({ id }) => !ids.has(id)));
  }

  #become(all: readonly Outgoing[]): void {
    this.all.set(all);
    try {
      const text = JSON.stringify(all);
      if (all.length === 0) sessionStorage.removeItem(this.#key);
      else if (text.length <= MAX_KEPT) sessionStorage.setItem(this.#key, text);
    } catch {
      // Where nothing can be kept, a reload loses what did not arrive.
    }
  }

  /** What was under way when the page was closed may have arrived or not: it goes out again under its key. */
  #read(): readonly Outgoing[] {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "[]") as readonly Outgoing[];
      return kept.map((one) => ({ ...one, state: { kind: "failed", reason: "", isLost: true, isFinal: false } }));
    } catch {
      return [];
    }
  }
}
