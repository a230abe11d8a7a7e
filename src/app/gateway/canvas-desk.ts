import { holds } from "../../domain/access/scopes.js";
import { canvasBase, isLoopbackHost } from "../../domain/canvas/address.js";
import { CapabilityBook } from "../../domain/canvas/capability.js";
import { capabilityPath } from "../../domain/canvas/path.js";
import { locate, type Whereabouts } from "../../domain/handshake/locality.js";
import type { EpochMs } from "../../domain/moment.js";
import type { HelloOk } from "../../domain/protocol/hello.js";
import type { CanvasEntrance, CanvasGate, CanvasKnock } from "../../ports/canvas-gate.js";
import type { PeerFacts } from "../../ports/transport.js";
import type { Guesses } from "./guesses.js";
import type { Hub } from "./hub.js";
import type { GatewayParts } from "./parts.js";
import type { Access, Peer } from "./peer.js";
import type { SecretWatch } from "./secret-watch.js";

/** Of a digest in hexadecimal digits: 96 bits, which nobody guesses in ten minutes. As long as apps know it. */
const CAPABILITY_LENGTH = 24;
const MAX_VISITORS = 256;

/** A way to the canvas that somebody was given. */
export interface CanvasPass {
  readonly capability: string;
  readonly url: string;
  readonly expiresAtMs: EpochMs;
}

type Parts = Pick<GatewayParts, "clock" | "ids" | "log" | "vault" | "signatures" | "locality" | "config" | "host">;

interface Deps {
  readonly parts: Parts;
  readonly hub: Hub;
  readonly guesses: Guesses;
  readonly secret: SecretWatch;
}

/** Hands out capabilities for the canvas to those whose apps show it, and says whom its pages are served to. */
export class CanvasDesk implements CanvasGate {
  readonly #book = new CapabilityBook<Access>();
  /** Apart from the others: any page in a browser of a trusted host can make it come again and again. */
  readonly #visitors = new CapabilityBook<CanvasDesk>({ most: MAX_VISITORS, perHolder: MAX_VISITORS });
  readonly #deps: Deps;
  #seed: string | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    deps.hub.whenOver((isOver) => this.#book.revokeWhere(isOver));
  }

  /** What a newcomer is told of the canvas. Most are told nothing, and cost nothing. */
  greet(peer: Peer): Pick<HelloOk, "canvasHostUrl" | "pluginSurfaceUrls"> {
    const pass = showsCanvas(peer) ? this.pass(peer) : undefined;
    if (pass === undefined) return {};
    return peer.protocol === 3 ? { canvasHostUrl: pass.url } : { pluginSurfaceUrls: { canvas: pass.url } };
  }

  /** A fresh way in for a connection; `undefined` where there is no canvas, or no address of it is known. */
  pass(peer: Peer): CanvasPass | undefined {
    const base = this.#isOpen() ? this.#baseFor(peer.connection.peer) : undefined;
    if (base === undefined) return undefined;
    const { capability, digest } = this.#draw();
    return { capability, expiresAtMs: this.#book.grant(digest, peer.access, this.#deps.parts.clock.now()), url: `${base}${capabilityPath(capability)}` };
  }

  /** The connection has ended. */
  left(peer: Peer): void {
    this.#book.left(peer.access, this.#deps.parts.clock.now());
  }

  isGood(capability: string): boolean {
    this.#deps.secret.look();
    const { signatures, clock } = this.#deps.parts;
    const [digest, now] = [signatures.digest(capability), clock.now()];
    return this.#isOpen() && (this.#book.use(digest, now) || this.#visitors.use(digest, now));
  }

  invite(): string {
    const { capability, digest } = this.#draw();
    this.#visitors.grant(digest, this, this.#deps.parts.clock.now());
    return capability;
  }

  async judge(knock: CanvasKnock): Promise<CanvasEntrance> {
    if (!this.#isOpen()) return { kind: "refused", why: "off", reason: "This gateway shows no canvas. Set canvasHost.enabled to change that." };
    if (knock.capability !== undefined && this.isGood(knock.capability)) return { kind: "admitted", by: "capability" };
    const place = this.#locate(knock.peer);
    const bySecret = knock.bearer === undefined ? undefined : await this.#judgeSecret(knock.bearer, place, knock.peer);
    if (bySecret !== undefined) return bySecret;
    if (this.#isTrustedHere(knock, place)) return { kind: "admitted", by: "loopback" };
    return knock.capability === undefined ? NO_ACCESS : EXPIRED;
  }

  async #judgeSecret(bearer: string, place: Whereabouts, peer: PeerFacts): Promise<CanvasEntrance | undefined> {
    const { guesses, parts } = this.#deps;
    const { auth } = parts.config.settings();
    const expected = auth.mode === "token" ? auth.token : auth.mode === "password" ? auth.password : undefined;
    // Where nobody is asked for a secret, none proves anything.
    if (expected === undefined) return undefined;
    const guesser = { ...place, origin: peer.headers["origin"] };
    const lock = guesses.check(guesser, ["shared-secret"]);
    if (lock.kind === "locked") return { kind: "refused", why: "locked", reason: "Too many wrong secrets came from this address. Wait, and then use the right one.", retryAfterMs: lock.retryAfterMs };
    if (!parts.signatures.secretsEqual(bearer, expected)) {
      parts.log.warn("somebody showed a wrong secret for the canvas", { address: place.address });
      await guesses.wrong(guesser, "shared-secret");
      return { kind: "refused", why: "no-access", reason: "This is not the gateway's token or password. Send it as \"Authorization: Bearer\", or open the canvas from a paired app." };
    }
    guesses.right(guesser, "shared-secret");
    return { kind: "admitted", by: "secret" };
  }

  /** By its Host too: what a page on this host calls us by its own DNS name is no neighbour. */
  #isTrustedHere({ peer }: CanvasKnock, { locality }: Whereabouts): boolean {
    return this.#deps.parts.config.settings().canvas.trustLoopback && locality === "direct-local" && isLoopbackHost(peer.dialled);
  }

  #isOpen(): boolean {
    const { config, host } = this.#deps.parts;
    const { enabled, root } = config.settings().canvas;
    return enabled && (root ?? host.stateDir) !== undefined;
  }

  #draw(): { readonly capability: string; readonly digest: string } {
    const { vault, ids, signatures } = this.#deps.parts;
    // The vault's output is as good a secret as any. Every newcomer is given a capability: it is asked once, and hashed
    // with a name of its own each time, which takes a tenth of what the vault does.
    this.#seed ??= vault.derive({ deviceId: "canvas", role: "capability", serial: ids.uuid() });
    const capability = signatures.digest(`${this.#seed}:${ids.uuid()}`).slice(0, CAPABILITY_LENGTH);
    return { capability, digest: signatures.digest(capability) };
  }

  #baseFor({ address, dialled, tls, headers }: PeerFacts): string | undefined {
    const { locality, config, host } = this.#deps.parts;
    const viaTrustedProxy = locality.isWithin(address, config.settings().trustedProxies);
    // What did not come over HTTP dialled nothing: any address is better than none.
    return canvasBase({ dialled, tls, headers, viaTrustedProxy }) ?? host.urls()[0]?.replace(/^ws/, "http");
  }

  #locate({ address, headers }: PeerFacts): Whereabouts {
    const { locality, config } = this.#deps.parts;
    const { trustedProxies } = config.settings();
    return locate({ address, headers, classify: (text) => locality.classify(text), isTrusted: (text) => locality.isWithin(text, trustedProxies) });
  }
}

/** Whose app has a place to show a page in. */
const showsCanvas = (peer: Peer): boolean =>
  peer.role === "node" || ((peer.client.mode === "ui" || peer.client.mode === "webchat") && holds(peer.scopes, "operator.read"));

const NO_ACCESS: CanvasEntrance = {
  kind: "refused",
  why: "no-access",
  reason: "The canvas is shown to paired apps. Open it from one, send the gateway's secret as \"Authorization: Bearer\", or set canvasHost.trustLoopback to look at it from this host.",
};

const EXPIRED: CanvasEntrance = {
  kind: "refused",
  why: "no-access",
  reason: "This address of the canvas has expired. Open the canvas anew from your app, which knows the one that is good now.",
};
