import type { Event, PayloadOf } from "../../../domain/protocol/catalog.js";
import type { Broadcast, Hub } from "../hub.js";
import type { Peer } from "../peer.js";

/** Of one connection. */
export const MAX_WATCHED = 32;

const WATCHABLE: ReadonlySet<Event> = new Set<Event>(["agent", "chat"]);

/** Nodes that show a chat: they are sent the `agent` and `chat` events of the sessions they named, outside of any count. */
export class ChatWatch {
  readonly #watchers = new Map<string, Set<Peer>>();
  readonly #watched = new Map<Peer, Set<string>>();
  readonly #deps: { readonly hub: Hub; /** Asked anew each time: what was approved may be taken back. */ readonly mayWatch: (peer: Peer) => boolean };

  constructor(deps: { hub: Hub; mayWatch: (peer: Peer) => boolean }) {
    this.#deps = deps;
    const { hub } = deps;
    hub.listen((event, payload, options) => {
      if (this.#watchers.size > 0 && WATCHABLE.has(event)) this.#tell(event, payload as { readonly sessionKey?: string }, options);
    });
  }

  /** `false` where this connection watches as many as it may. */
  watch(peer: Peer, sessionKey: string): boolean {
    const watched = this.#watched.get(peer) ?? new Set();
    if (watched.has(sessionKey)) return true;
    if (watched.size >= MAX_WATCHED) return false;
    this.#watched.set(peer, watched.add(sessionKey));
    this.#watchers.set(sessionKey, (this.#watchers.get(sessionKey) ?? new Set()).add(peer));
    return true;
  }

  unwatch(peer: Peer, sessionKey: string): void {
    this.#watched.get(peer)?.delete(sessionKey);
    const watchers = this.#watchers.get(sessionKey);
    watchers?.delete(peer);
    if (watchers?.size === 0) this.#watchers.delete(sessionKey);
  }

  forget(peer: Peer): void {
    for (const sessionKey of this.#watched.get(peer) ?? []) this.unwatch(peer, sessionKey);
    this.#watched.delete(peer);
  }

  #tell(event: Event, payload: { readonly sessionKey?: string }, options: Broadcast): void {
    const watchers = payload.sessionKey === undefined ? undefined : this.#watchers.get(payload.sessionKey);
    if (!watchers) return;
    for (const peer of watchers) {
      if (options.to?.(peer) === false || !this.#deps.mayWatch(peer)) continue;
      this.#deps.hub.direct(peer, event, (options.as?.(peer) ?? payload) as PayloadOf<Event>, options.droppable);
    }
  }
}
