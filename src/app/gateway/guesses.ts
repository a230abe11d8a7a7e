import type { CredentialKind } from "../../domain/handshake/credentials.js";
import { AuthLimiter, type LimiterKey, type LimiterVerdict } from "../../domain/handshake/limiter.js";
import { after } from "../../domain/moment.js";
import type { GatewayParts } from "./parts.js";

/** Where a guess comes from. */
export interface Guesser {
  readonly address: string;
  readonly forwarded: boolean;
  readonly origin: string | undefined;
}

/** Slows down guessing, at whichever door: what was tried at one counts at the others. */
export class Guesses {
  readonly #limiter = new AuthLimiter();
  readonly #parts: Pick<GatewayParts, "clock" | "locality">;

  constructor(parts: Pick<GatewayParts, "clock" | "locality">) {
    this.#parts = parts;
  }

  /** Whether credentials of these kinds may be looked at now. */
  check(from: Guesser, kinds: readonly CredentialKind[]): LimiterVerdict {
    return this.#limiter.check(kinds.map((kind) => this.#keyOf(from, kind)), this.#parts.clock.now());
  }

  /** Counts a wrong guess, and makes a guesser on this host wait, since it can't be locked out. */
  wrong(from: Guesser, kind: CredentialKind): Promise<void> {
    const { clock } = this.#parts;
    const { delayMs } = this.#limiter.fail(this.#keyOf(from, kind), clock.now());
    if (delayMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      clock.callAt(after(clock.now(), delayMs), resolve);
    });
  }

  /** A right credential clears the wrong ones before it. */
  right(from: Guesser, kind: CredentialKind): void {
    this.#limiter.succeed(this.#keyOf(from, kind));
  }

  #keyOf({ address, forwarded, origin }: Guesser, kind: CredentialKind): LimiterKey {
    // Behind a proxy on this host everybody has its address: nobody there is excused as "the owner's own tools".
    const loopback = !forwarded && this.#parts.locality.classify(address) === "loopback";
    return { kind, address, loopback, ...(origin === undefined ? {} : { origin }) };
  }
}
