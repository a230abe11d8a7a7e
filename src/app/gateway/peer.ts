import type { Connection } from "../../ports/transport.js";
import type { ConnectParams } from "../../domain/protocol/connect.js";
import type { Role } from "../../domain/protocol/scopes.js";
import type { Protocol } from "../../domain/protocol/version.js";
import type { GrantedScopes } from "../../domain/access/scopes.js";
import type { AuthMethod } from "../../domain/handshake/credentials.js";
import type { EpochMs } from "../../domain/moment.js";
import { EventSequencer } from "../../domain/events/sequencer.js";
import { readSurface, type NodeSurface } from "../../domain/nodes/surface.js";

const NO_CAPS: ReadonlySet<string> = new Set();

/** Whose access a connection has, and by what. What may outlive a connection keeps this of it: its socket is let go. */
export interface Access {
  readonly connId: string;
  readonly deviceId: string | undefined;
  readonly role: Role;
  readonly method: AuthMethod;
}

/** One admitted connection. Most are idle: what an idle one does not need is made when it does. */
export class Peer {
  readonly sequence = new EventSequencer();
  #inFlight: Set<string> | undefined;
  #farewells: Set<() => void> | undefined;
  #isGone = false;
  /** Role refusals so far: a client that keeps asking for what its role may never do is broken or hostile. */
  roleRefusals = 0;
  readonly access: Access;
  readonly connection: Connection;
  readonly protocol: Protocol;
  readonly scopes: GrantedScopes;
  readonly client: ConnectParams["client"];
  readonly caps: ReadonlySet<string>;
  readonly connectedAt: EpochMs;
  /** What a node says it offers; one object for those that offer the same. */
  declared: NodeSurface | undefined;
  readonly pathEnv: string | undefined;

  constructor(facts: {
    connId: string;
    connection: Connection;
    protocol: Protocol;
    role: Role;
    scopes: GrantedScopes;
    method: AuthMethod;
    params: ConnectParams;
    connectedAt: EpochMs;
  }) {
    this.access = { connId: facts.connId, deviceId: facts.params.device?.id, role: facts.role, method: facts.method };
    this.connection = facts.connection;
    this.protocol = facts.protocol;
    this.scopes = facts.scopes;
    this.client = facts.params.client;
    this.caps = facts.params.caps === undefined || facts.params.caps.length === 0 ? NO_CAPS : new Set(facts.params.caps);
    this.connectedAt = facts.connectedAt;
    this.declared = facts.role === "node" ? readSurface({ ...facts.params, platform: facts.params.client.platform }) : undefined;
    this.pathEnv = facts.role === "node" ? facts.params.pathEnv : undefined;
  }

  get connId(): string {
    return this.access.connId;
  }

  get deviceId(): string | undefined {
    return this.access.deviceId;
  }

  get role(): Role {
    return this.access.role;
  }

  /** What let it in. */
  get method(): AuthMethod {
    return this.access.method;
  }

  /** Ids of requests that still owe a response. */
  get inFlight(): Set<string> {
    return (this.#inFlight ??= new Set());
  }

  /** Calls once when the connection has ended, at once where it has: nobody is left to wait for. The result forgets the caller. */
  whenGone(act: () => void): () => void {
    if (this.#isGone) act();
    else (this.#farewells ??= new Set()).add(act);
    return () => this.#farewells?.delete(act);
  }

  leave(): void {
    this.#isGone = true;
    for (const act of this.#farewells ?? []) act();
    this.#farewells = undefined;
  }
}
