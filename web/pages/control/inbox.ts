import type { Event, Method, ResultOf } from "../../../src/domain/protocol/catalog.js";
import type { Connection } from "../shared/connection.js";
import { Store } from "../shared/store.js";

type Devices = ResultOf<"device.pair.list">["pending"];
type Nodes = ResultOf<"node.pair.list">["pending"];
type Senders = ResultOf<"channels.pairing.list">;
type Approvals = ResultOf<"exec.approval.list">["approvals"];

/** What waits for somebody's decision. */
export interface Waiting {
  readonly devices: Devices;
  readonly nodes: Nodes;
  readonly senders: Senders["requests"];
  /** Senders who were let in. */
  readonly approved: NonNullable<Senders["approved"]>;
  readonly approvals: Approvals;
}

const NOTHING: Waiting = { devices: [], nodes: [], senders: [], approved: [], approvals: [] };

const PAIRING: readonly Event[] = ["device.pair.requested", "device.pair.resolved", "node.pair.requested", "node.pair.resolved", "channel.pair.requested", "channel.pair.resolved"];
const APPROVALS: readonly Event[] = ["exec.approval.requested", "exec.approval.resolved"];

/** Follows what waits, for the list of views and for those that show it. */
export class Inbox {
  readonly waiting = new Store<Waiting>(NOTHING);
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onRefresh(() => void this.refresh());
    connection.onEvent(({ event }) => {
      if (PAIRING.includes(event as Event)) void this.#readPairing();
      if (APPROVALS.includes(event as Event)) void this.#readApprovals();
    });
  }

  /** How many wait, by the view that shows them. */
  get counts(): Readonly<Record<string, number>> {
    const { devices, nodes, senders, approvals } = this.waiting.value;
    return { pairing: devices.length + nodes.length + senders.length, approvals: approvals.length };
  }

  async refresh(): Promise<void> {
    await Promise.all([this.#readPairing(), this.#readApprovals()]);
  }

  async #readPairing(): Promise<void> {
    const [devices, nodes, senders] = await Promise.all([
      this.#read("device.pair.list", {}),
      this.#read("node.pair.list", {}),
      this.#read("channels.pairing.list", { approved: true }),
    ]);
    this.#set({ devices: devices?.pending ?? [], nodes: nodes?.pending ?? [], senders: senders?.requests ?? [], approved: senders?.approved ?? [] });
  }

  async #readApprovals(): Promise<void> {
    this.#set({ approvals: (await this.#read("exec.approval.list", {}))?.approvals ?? [] });
  }

  /** What this browser may not read, or this gateway has not, waits for somebody else. */
  async #read<M extends Method>(method: M, params: Parameters<Connection["call"]>[1]): Promise<ResultOf<M> | undefined> {
    if (this.#connection.hello?.features.methods.includes(method) === false) return undefined;
    return (this.#connection.request(method, params) as Promise<ResultOf<M>>).catch(() => undefined);
  }

  #set(part: Partial<Waiting>): void {
    this.waiting.set({ ...this.waiting.value, ...part });
  }
}

const inboxes = new WeakMap<Connection, Inbox>();

/** The one of this connection. */
export function inboxOf(connection: Connection): Inbox {
  const known = inboxes.get(connection);
  if (known !== undefined) return known;
  const made = new Inbox(connection);
  inboxes.set(connection, made);
  return made;
}
