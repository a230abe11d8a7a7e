import { after, type EpochMs } from "../../domain/moment.js";
import { locate } from "../../domain/handshake/locality.js";
import { readScopeCap } from "../../domain/handshake/scope-cap.js";
import { CLOSE } from "../../domain/handshake/verdict.js";
import { PREAUTH_MAX_PAYLOAD } from "../../domain/protocol/version.js";
import { traceOf } from "../../domain/reason.js";
import type { Connection, ConnectionListener } from "../../ports/transport.js";
import type { CanvasDesk } from "./canvas-desk.js";
import type { Doorkeeper } from "./doorkeeper.js";
import { sendDirect, type Hub } from "./hub.js";
import type { NodeDesk } from "./nodes/node-desk.js";
import type { GatewayParts } from "./parts.js";
import type { Peer } from "./peer.js";
import type { PresenceBoard } from "./presence-board.js";
import type { RequestReader } from "./requests.js";
import type { Shut, Stranger } from "./stranger.js";

export const HANDSHAKE_MS = 10_000;
/** A timer this much behind its time means that the process was busy or asleep, and frames may lie unread. */
const LATE_MS = 1_000;
/** Frames that arrive while the first is still being judged wait; a well-behaved client sends none. */
const MAX_EARLY_FRAMES = 15;

interface Deps {
  readonly parts: GatewayParts;
  readonly hub: Hub;
  readonly doorkeeper: Doorkeeper;
  readonly requests: RequestReader;
  readonly presence: PresenceBoard;
  readonly canvas: CanvasDesk;
  readonly nodes: NodeDesk;
}

/** The stranger and its deadline go with the handshake: an open connection keeps only what it needs. */
type Phase =
  | { readonly kind: "waiting"; readonly stranger: Stranger }
  | { readonly kind: "judging"; readonly stranger: Stranger; readonly early: string[] }
  | { readonly kind: "open"; readonly peer: Peer }
  | { readonly kind: "ended" };

const ENDED: Phase = { kind: "ended" };
const NO_DEADLINE = (): void => {};

/** One connection from its first byte to its end: challenged, judged once, then open or gone. */
export class GatewayConnection implements ConnectionListener {
  #phase: Phase;
  #stopDeadline: () => void;
  readonly #deps: Deps;
  readonly #connection: Connection;

  constructor(connection: Connection, deps: Deps) {
    this.#deps = deps;
    this.#connection = connection;
    const { clock, ids, locality, config } = deps.parts;
    const now = clock.now();
    const { address, headers, isOwnAddress } = connection.peer;
    const { trustedProxies } = config.settings();
    const stranger: Stranger = {
      connId: ids.uuid(),
      nonce: ids.uuid(),
      connection,
      ...locate({
        address,
        headers,
        isOwnAddress,
        classify: (text) => locality.classify(text),
        isTrusted: (text) => locality.isWithin(text, trustedProxies),
      }),
      origin: headers["origin"],
      scopeCap: readScopeCap(headers),
    };
    this.#phase = { kind: "waiting", stranger };
    deps.hub.connections += 1;
    // Set once: traffic from a peer that has not said who it is must not buy it more time.
    this.#stopDeadline = this.#deadline(after(now, HANDSHAKE_MS));
    sendDirect(connection, "connect.challenge", { nonce: stranger.nonce, ts: now });
  }

  /** The gateway's own lateness is not held against the peer: with a timer that comes late, or a frame still being judged, it waits once more. */
  #deadline(at: EpochMs, isLast = false): () => void {
    const { clock } = this.#deps.parts;
    return clock.callAt(at, () => {
      if (this.#phase.kind === "open" || this.#phase.kind === "ended") return;
      const { connId, address } = this.#phase.stranger;
      const isOurDelay = this.#phase.kind === "judging" || clock.now() - at > LATE_MS;
      if (isOurDelay && !isLast) {
        this.#stopDeadline = this.#deadline(after(clock.now(), HANDSHAKE_MS), true);
        return;
      }
      this.#deps.parts.metrics?.handshake("timeout");
      this.#deps.parts.log.info("closed a connection that did not finish its handshake", { connId, address });
      this.#end(CLOSE.normal, "handshake timeout");
    });
  }

  #end(code: number, reason?: string): void {
    // What is open ends with its `closed`, which takes it off the list of peers.
    if (this.#phase.kind !== "open") this.#phase = ENDED;
    this.#forgetDeadline();
    this.#connection.close(code, reason);
  }

  #forgetDeadline(): void {
    this.#stopDeadline();
    this.#stopDeadline = NO_DEADLINE;
  }

  message(text: string): void {
    const phase = this.#phase;
    switch (phase.kind) {
      case "open":
        return this.#deps.requests.read(phase.peer, text);
      case "waiting":
        this.#phase = { kind: "judging", stranger: phase.stranger, early: [] };
        void this.#judge(phase.stranger, text);
        return;
      case "judging":
        phase.early.push(text);
        if (phase.early.length > MAX_EARLY_FRAMES) this.#end(CLOSE.policy, "too many pending handshake frames");
        return;
      case "ended":
        return;
    }
  }

  async #judge(stranger: Stranger, text: string): Promise<void> {
    if (text.length > PREAUTH_MAX_PAYLOAD) return this.#end(CLOSE.tooBig, "preauth payload too large");
    try {
      const answer = await this.#deps.doorkeeper.judge(stranger, text);
      // The peer may have left, or run out of time, while its claim was judged.
      if (this.#phase.kind !== "judging") return;
      if (answer.kind === "shut") return this.#shut(answer);
      // The device may have been removed or its token revoked, with all its sockets, while this one was not yet among them.
      if (!answer.stillStands()) return this.#shut(answer.otherwise);
      this.#connection.send(answer.response);
      this.#open(answer.peer, this.#phase);
    } catch (error) {
      this.#deps.parts.log.error("a handshake failed", { connId: stranger.connId, error: traceOf(error) });
      this.#end(1011, "handshake failed inside the gateway; retry");
    }
  }

  #shut({ response, closeCode, closeReason }: Shut): void {
    if (response !== undefined) this.#connection.send(response);
    this.#end(closeCode, closeReason);
  }

  #open(peer: Peer, { stranger, early }: { readonly stranger: Stranger; readonly early: readonly string[] }): void {
    this.#forgetDeadline();
    this.#connection.admit();
    this.#phase = { kind: "open", peer };
    this.#deps.hub.add(peer);
    this.#deps.presence.connected(peer, stranger.address);
    this.#deps.nodes.connected(peer, stranger.address);
    for (const text of early) this.#deps.requests.read(peer, text);
  }

  closed(code: number, reason: string): void {
    const phase = this.#phase;
    this.#phase = ENDED;
    this.#deps.hub.connections -= 1;
    this.#forgetDeadline();
    if (phase.kind !== "open") return;
    phase.peer.leave();
    this.#deps.hub.remove(phase.peer);
    this.#deps.presence.disconnected(phase.peer);
    this.#deps.canvas.left(phase.peer);
    this.#deps.nodes.disconnected(phase.peer);
    this.#deps.parts.log.debug("a connection closed", { connId: phase.peer.connId, code, reason });
  }
}
