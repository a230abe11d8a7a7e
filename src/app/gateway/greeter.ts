import type { AuthMethod } from "../../domain/handshake/credentials.js";
import { holds } from "../../domain/access/scopes.js";
import type { DeviceToken } from "../../domain/pairing/device.js";
import { mainSessionKey } from "../../domain/sessions/key.js";
import { LIVE_EVENTS, LIVE_METHODS } from "../../domain/protocol/catalog.js";
import type { HelloOk } from "../../domain/protocol/hello.js";
import { POLICY } from "../../domain/protocol/version.js";
import type { EpochMs } from "../../domain/moment.js";
import type { CanvasDesk } from "./canvas-desk.js";
import type { HealthDesk } from "./health-desk.js";
import { lastingJson } from "./lasting.js";
import type { GatewayParts } from "./parts.js";
import type { Peer } from "./peer.js";
import type { PresenceBoard } from "./presence-board.js";
import { namingOf } from "./naming.js";

export interface HeldToken {
  readonly token: string;
  readonly entry: DeviceToken;
}

interface Credentials {
  readonly method: AuthMethod;
  readonly token?: HeldToken;
  /** Tokens of the device's other roles, told once, when it is set up. */
  readonly others?: readonly HeldToken[];
}

const FEATURES: HelloOk["features"] = { methods: [...LIVE_METHODS], events: [...LIVE_EVENTS] };

/** Of a long list of who is around, a newcomer is told the head: the `presence` event that its own coming causes brings the rest. */
const GREETED_WITH = 20;

/** An object's JSON without its braces. */
const members = (value: object): string => JSON.stringify(value).slice(1, -1);

interface Deps {
  readonly parts: GatewayParts;
  readonly presence: PresenceBoard;
  readonly health: HealthDesk;
  readonly canvas: CanvasDesk;
  readonly startedAt: EpochMs;
}

/** What an admitted client is told first. */
export class Greeter {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** As JSON, put together from parts that are rendered once for everybody: most of it is the same for all. */
  hello(peer: Peer, auth: Credentials): string {
    const { parts, canvas } = this.#deps;
    const own: Omit<HelloOk, "policy" | "features" | "snapshot"> = {
      type: "hello-ok",
      protocol: peer.protocol,
      server: { version: parts.host.version, host: parts.host.hostname, connId: peer.connId },
      ...this.#authOf(peer, auth),
      ...canvas.greet(peer),
    };
    return `{${members(own)},"policy":${lastingJson(POLICY)},"features":${lastingJson(FEATURES)},"snapshot":${this.#snapshot(peer)}}`;
  }

  /** Protocol 3 wants `auth` only beside a device token; protocol 4 always, since it learns its scopes from it. */
  #authOf(peer: Peer, { method, token, others }: Credentials): Pick<HelloOk, "auth"> {
    if (peer.protocol === 3 && token === undefined) return {};
    return {
      auth: {
        role: peer.role,
        scopes: [...peer.scopes],
        ...(token === undefined ? {} : { deviceToken: token.token, issuedAtMs: issuedAt(token) }),
        ...(others === undefined
          ? {}
          : { deviceTokens: others.map((held) => ({ deviceToken: held.token, role: held.entry.role, scopes: [...held.entry.scopes], issuedAtMs: issuedAt(held) })) }),
        ...(peer.protocol === 4 ? { method } : {}),
      },
    };
  }

  #snapshot(peer: Peer): string {
    const { parts, presence, health, startedAt } = this.#deps;
    const mayRead = peer.role === "operator" && holds(peer.scopes, "operator.read");
    const naming = namingOf(parts.config.settings());
    const summary = lastingJson(health.forCaller(peer));
    const own: Omit<HelloOk["snapshot"], "presence" | "health"> = {
      stateVersion: { presence: presence.version, health: health.version },
      uptimeMs: Math.max(0, parts.clock.now() - startedAt),
      sessionDefaults: {
        mainKey: naming.mainKey,
        defaultAgentId: naming.defaultAgentId,
        mainSessionKey: mainSessionKey(naming),
        scope: naming.scope,
        ...(peer.protocol === 4 ? { modelConfigured: parts.agent.configured } : {}),
      },
      ...(holds(peer.scopes, "operator.admin") ? this.#places() : {}),
    };
    return `{"presence":${mayRead ? presence.listJson(GREETED_WITH) : "[]"},"health":${summary},${members(own)}}`;
  }

  /** Where things lie on this host is for admins alone. */
  #places(): { configPath?: string; stateDir?: string; authMode: string } {
    const { config, host } = this.#deps.parts;
    const path = config.path();
    return {
      ...(path === undefined ? {} : { configPath: path }),
      ...(host.stateDir === undefined ? {} : { stateDir: host.stateDir }),
      authMode: config.settings().auth.mode,
    };
  }
}

const issuedAt = ({ entry }: HeldToken): number => entry.rotatedAtMs ?? entry.createdAtMs;
