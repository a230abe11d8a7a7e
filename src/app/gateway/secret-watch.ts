import type { AuthMethod } from "../../domain/handshake/credentials.js";
import type { AuthSettings } from "../../domain/settings.js";
import type { Hub } from "./hub.js";
import type { GatewayParts } from "./parts.js";

/** Whoever came in by these showed the gateway's own secret, or was asked for none. */
const BY_SECRET: ReadonlySet<AuthMethod> = new Set(["none", "token", "password"]);

const secretOf = (auth: AuthSettings): string => `${auth.mode}:${auth.mode === "token" ? auth.token : auth.mode === "password" ? auth.password : ""}`;

/** Ends the connections that the gateway's secret opened once another one is in force. Those that a device's token opened stay. */
export class SecretWatch {
  #secret: string;
  #tailnetCounts: boolean;
  #changes = 0;
  readonly #parts: Pick<GatewayParts, "config" | "log">;
  readonly #hub: Hub;

  constructor(parts: Pick<GatewayParts, "config" | "log">, hub: Hub) {
    this.#parts = parts;
    this.#hub = hub;
    this.#secret = this.#current();
    this.#tailnetCounts = parts.config.settings().allowTailscale;
  }

  #current(): string {
    return secretOf(this.#parts.config.settings().auth);
  }

  /** To be called again and again: a configuration does not tell when it changes. Returns how often it has. */
  look(): number {
    this.#lookAtTailnet();
    const secret = this.#current();
    // The configuration with itself: nothing that a peer gave is compared here.
    if (secret === this.#secret) return this.#changes;
    this.#secret = secret;
    this.#changes += 1;
    const closed = this.#hub.closeWhere((peer) => BY_SECRET.has(peer.method), "gateway auth changed");
    this.#parts.log.info("the gateway's secret changed", { mode: this.#parts.config.settings().auth.mode, closed });
    return this.#changes;
  }

  #lookAtTailnet(): void {
    const counts = this.#parts.config.settings().allowTailscale;
    if (counts === this.#tailnetCounts) return;
    this.#tailnetCounts = counts;
    if (counts) return;
    this.#changes += 1;
    this.#hub.closeWhere((peer) => peer.method === "tailscale", "gateway auth changed");
  }
}
