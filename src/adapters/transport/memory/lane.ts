export type Parcel =
  | { readonly kind: "message"; readonly text: string; readonly bytes: number }
  /** A binary message that is not UTF-8. */
  | { readonly kind: "malformed" }
  | { readonly kind: "close"; readonly code: number; readonly reason: string };

/** One direction of a link: what goes in comes out later, in order, one parcel per microtask, unless the reader stalls. */
export class Lane {
  readonly #deliver: (parcel: Parcel) => void;
  #parcels: Parcel[] = [];
  #bytes = 0;
  #isStalled = false;
  #isScheduled = false;

  constructor(deliver: (parcel: Parcel) => void) {
    this.#deliver = deliver;
  }

  /** Bytes of messages that have not come out yet. */
  get bytes(): number {
    return this.#bytes;
  }

  get isStalled(): boolean {
    return this.#isStalled;
  }

  push(parcel: Parcel): void {
    this.#parcels.push(parcel);
    if (parcel.kind === "message") this.#bytes += parcel.bytes;
    this.#schedule();
  }

  stall(): void {
    this.#isStalled = true;
  }

  resume(): void {
    this.#isStalled = false;
    this.#schedule();
  }

  /** Loses what is under way. */
  cut(): void {
    this.#parcels = [];
    this.#bytes = 0;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isStalled || this.#parcels.length === 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.#isStalled) return;
      const parcel = this.#parcels.shift();
      if (parcel === undefined) return;
      if (parcel.kind === "message") this.#bytes -= parcel.bytes;
      this.#schedule();
      this.#deliver(parcel);
    });
  }
}
