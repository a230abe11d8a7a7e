import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import ipaddr from "ipaddr.js";
import type { Clock } from "../../../ports/clock.js";
import { canonicalAddress, isLoopbackAddress } from "./authority.js";
import { DelayQueue } from "./delay-queue.js";
import { addressOf } from "./request-facts.js";
import { StrangerBudget } from "./stranger-budget.js";

export interface StrangerCaps {
  /** Unauthenticated sockets in all. 2048, unless given. */
  readonly total?: number;
  /** Of one address (of one /64 in IPv6). 32, unless given; then 1024 for loopback, where a local proxy and all of the owner's tools meet. */
  readonly perAddress?: number;
}

const TOTAL = 2_048;
const PER_ADDRESS = 32;
const PER_LOOPBACK = 1_024;
const PATIENCE_MS = 1_000;
/** How many are let in just to be told that there is no room, and for how long. */
const TURNED_AWAY = 64;
const TURNED_AWAY_MS = 1_000;
const LOOPBACK_KEY = "loopback";

/** Keeps the books on every TCP connection from its first moment until its peer is admitted or gone. */
export class StrangerDesk {
  readonly #clock: Clock;
  readonly #budget: StrangerBudget<Socket>;
  readonly #turnedAway: DelayQueue<Socket>;
  /** The TCP socket under each TLS socket, which does not tell it; by the peer's address and port. */
  readonly #underTls: Map<string, Socket> | undefined;
  /** One listener for all sockets: each is open for long, and most of that time this desk has no more to do with it. */
  readonly #onClose: (this: Socket) => void;

  /** `overTls`: what arrives will speak TLS, and come back as another socket on top of it. */
  constructor(clock: Clock, caps: StrangerCaps, { overTls }: { readonly overTls: boolean }) {
    this.#clock = clock;
    this.#underTls = overTls ? new Map() : undefined;
    const forget = (socket: Socket): void => this.#forget(socket);
    this.#onClose = function onClose(this: Socket) {
      forget(this);
    };
    this.#turnedAway = new DelayQueue(clock, TURNED_AWAY_MS, (socket) => socket.destroy());
    this.#budget = new StrangerBudget<Socket>({
      total: caps.total ?? TOTAL,
      perAddress: (key) => caps.perAddress ?? (key === LOOPBACK_KEY ? PER_LOOPBACK : PER_ADDRESS),
      patienceMs: PATIENCE_MS,
    });
  }

  /** Counts a connection. Without room for it, it may stay just long enough to hear so, or is cut off at once. */
  arrive(socket: Socket): void {
    this.#underTls?.set(peerKey(socket), socket);
    socket.on("close", this.#onClose);
    if (this.#enter(socket)) return;
    if (this.#turnedAway.size < TURNED_AWAY) this.#turnedAway.add(socket);
    else socket.destroy();
  }

  /** Whether the connection (or the one under this TLS socket) has its place; one that was turned away may find one by now. */
  isWelcome(socket: Socket): boolean {
    const counted = this.#countedOf(socket);
    if (this.#budget.has(counted)) return true;
    if (!this.#turnedAway.has(counted) || !this.#enter(counted)) return false;
    this.#turnedAway.delete(counted);
    return true;
  }

  /** The peer was admitted: its place is free again. */
  leave(socket: Socket): void {
    const counted = this.#countedOf(socket);
    this.#underTls?.delete(peerKey(counted));
    this.#budget.leave(counted);
  }

  #forget(socket: Socket): void {
    if (this.#underTls !== undefined) {
      const peer = peerKey(socket);
      if (this.#underTls.get(peer) === socket) this.#underTls.delete(peer);
    }
    this.#turnedAway.delete(socket);
    this.#budget.leave(socket);
  }

  /** Cuts off everyone who is not admitted. */
  destroyAll(): void {
    this.#turnedAway.drain();
    for (const socket of this.#budget.strangers()) socket.destroy();
  }

  #enter(socket: Socket): boolean {
    const admission = this.#budget.enter(socket, budgetKey(addressOf(socket)), this.#clock.now());
    if (admission.kind === "entered") admission.evicted?.destroy();
    return admission.kind === "entered";
  }

  #countedOf(socket: Socket): Socket {
    return socket instanceof TLSSocket && !this.#budget.has(socket) ? (this.#underTls?.get(peerKey(socket)) ?? socket) : socket;
  }
}

const peerKey = (socket: Socket): string => `${socket.remoteAddress ?? ""}|${socket.remotePort ?? ""}`;

/** Whoever has one address of an IPv6 /64 has them all. */
function budgetKey(address: string): string {
  const canonical = canonicalAddress(address);
  if (canonical === undefined) return address;
  if (isLoopbackAddress(canonical)) return LOOPBACK_KEY;
  const parsed = ipaddr.parse(canonical);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(":") : canonical;
}
