import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../../ports/clock.js";
import type { Log } from "../../../ports/log.js";
import type { PeerFacts } from "../../../ports/transport.js";
import type { AnyServer, TlsMaterial } from "./own-server.js";
import type { StrangerCaps } from "./stranger-desk.js";

/** `true` once it has taken charge of the response. */
export type Routes = (request: IncomingMessage, response: ServerResponse) => boolean;

/** WebSockets at paths of their own that do not speak the gateway's protocol. */
export interface SideUpgrades {
  wants(path: string): boolean;
  /** Takes charge of the socket, whose Host was judged, and nothing else of it. `admitted` is to be called once its peer is no stranger. */
  take(request: IncomingMessage, socket: Socket, head: Buffer, admitted: () => void): void;
}

/** Looks at plain requests on their way in. It has no part in their answers. */
export interface Witness {
  wants(path: string): boolean;
  see(path: string, peer: PeerFacts, hostAllowed: boolean): void;
}

interface CommonOptions {
  readonly clock: Clock;
  /** Names besides loopback and our own addresses by which the gateway may be called: `host` or `host:port`. Asked on each use. */
  readonly allowedHosts?: () => readonly string[];
  /** `gateway.controlUi.allowedOrigins`. Asked on each use; the host of each counts as an allowed host as well. */
  readonly allowedOrigins?: () => readonly string[];
  readonly strangers?: StrangerCaps;
  readonly sideUpgrades?: SideUpgrades;
  /** Hears of refused Hosts and Origins, at most once a second: a browser tells its user nothing of the reason. */
  readonly log?: Log;
}

/** An HTTP server of its own. Port 0 takes a free one. */
export interface OwnServerOptions extends CommonOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsMaterial;
  /** Answers plain HTTP; what it leaves is 404. */
  readonly routes?: Routes;
  readonly witness?: Witness;
  /** Nobody can connect to the gateway here: routes and side upgrades are all there is. */
  readonly sideOnly?: boolean;
  /** `host` is one address of this host, and peers who come from that same address count as this host's. */
  readonly trustOwnAddress?: boolean;
}

/** The upgrades of somebody else's HTTP server, whose routes, settings and life stay its owner's. */
export interface AttachedOptions extends CommonOptions {
  readonly attachTo: {
    readonly server: AnyServer;
    /**
     * The one path whose upgrades are ours. Without it: `/` where others listen for upgrades too, else every path.
     * An upgrade that is not ours goes to the others, and gets a 404 where there are none.
     */
    readonly path?: string;
  };
}
