import type { IncomingMessage } from "node:http";
import { locate, type Whereabouts } from "../../domain/handshake/locality.js";
import { AuthLimiter } from "../../domain/handshake/limiter.js";
import { after } from "../../domain/moment.js";
import type { Clock } from "../../ports/clock.js";
import type { PeerLocality } from "../../ports/peer-locality.js";
import type { Signatures } from "../../ports/signatures.js";
import { headerOf } from "./body.js";

export interface GateParts {
  readonly clock: Clock;
  readonly signatures: Signatures;
  readonly locality: PeerLocality;
  readonly trustedProxies: () => readonly string[];
}

export type GateVerdict = { readonly kind: "open" } | { readonly kind: "wrong" } | { readonly kind: "locked"; readonly retryAfterMs: number };

/** Lets in who shows a secret. Wrong ones are counted and slowed down by the rules that hold for connections. */
export class CallerGate {
  readonly #parts: GateParts;
  readonly #limiter = new AuthLimiter();

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** `ownHeaders`: where the secret may stand besides `Authorization: Bearer`. */
  async judge(request: IncomingMessage, secret: string, ownHeaders: readonly string[] = []): Promise<GateVerdict> {
    const { clock, signatures } = this.#parts;
    const { address, locality } = this.#whereabouts(request);
    const { origin } = request.headers;
    const key = { kind: "shared-secret" as const, address, loopback: locality === "direct-local", ...(origin === undefined ? {} : { origin }) };
    const lock = this.#limiter.check([key], clock.now());
    if (lock.kind === "locked") return lock;
    const shown = bearerOf(request) ?? ownHeaders.map((name) => headerOf(request, name)).find((value) => value !== undefined);
    // Who shows nothing guesses nothing.
    if (shown === undefined) return { kind: "wrong" };
    if (signatures.secretsEqual(shown, secret)) {
      this.#limiter.succeed(key);
      return { kind: "open" };
    }
    const { delayMs } = this.#limiter.fail(key, clock.now());
    if (delayMs > 0) await new Promise<void>((resolve) => void clock.callAt(after(clock.now(), delayMs), resolve));
    return { kind: "wrong" };
  }

  /** A process of this host that speaks for itself: not by way of a proxy, and no page in a browser. */
  isOwnProcess(request: IncomingMessage): boolean {
    return this.#whereabouts(request).locality === "direct-local" && request.headers.origin === undefined;
  }

  #whereabouts(request: IncomingMessage): Whereabouts {
    const { locality, trustedProxies } = this.#parts;
    const headers = Object.fromEntries(Object.entries(request.headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));
    return locate({
      address: request.socket.remoteAddress ?? "",
      headers,
      classify: (text) => locality.classify(text),
      isTrusted: (text) => locality.isWithin(text, trustedProxies()),
    });
  }
}

function bearerOf(request: IncomingMessage): string | undefined {
  const [, token] = /^Bearer +([^\s]{1,4096})$/i.exec(headerOf(request, "authorization") ?? "") ?? [];
  return token;
}
