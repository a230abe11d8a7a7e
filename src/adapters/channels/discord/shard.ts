import { fieldsOf, type Fields } from "./fields.js";

export interface Socket {
  readonly readyState: number;
  close(code: number): void;
  terminate(): void;
  on(event: "close" | "error", listener: () => void): void;
}

/** What the SDK calls without waiting for it: where one of these rejects, nobody hears but the process, which it ends. */
const STEPS = ["internalConnect", "identify", "resume", "onMessage", "onClose", "heartbeat", "destroy"] as const;

export type ShardStep = (typeof STEPS)[number];

export interface ShardGuard {
  /** Whether the SDK may go on with what it is about to do, now that this resolves. */
  mayTake(step: ShardStep): Promise<boolean>;
  failed(step: ShardStep): void;
  opened(socket: Socket): void;
  dispatched(payload: Fields): void;
}

type Step = (...values: unknown[]) => Promise<unknown>;

/** The parts of the SDK's shard that are watched. None of them is public, so each is looked for first. */
interface ShardInside extends Record<ShardStep, Step> {
  connection: Socket | null;
  removeAllListeners(event: string): void;
  on(event: string, listener: (payload: unknown) => void): void;
}

/**
 * Puts a guard around the connections that the SDK keeps. `false` where they are not made as they were. Written for
 * `@discordjs/ws` 1.2.3, which can't be told to wait between its tries, rejects where nobody listens, and opens a new
 * connection half a second after it was told to close one that was still opening.
 */
export function guardShards(strategy: object, guard: ShardGuard): boolean {
  const { shards } = strategy as { readonly shards?: unknown };
  if (!(shards instanceof Map)) return false;
  for (const shard of shards.values()) {
    if (!isShard(shard)) return false;
    guardShard(shard, guard);
  }
  return true;
}

const isShard = (value: unknown): value is ShardInside =>
  value !== null && typeof value === "object" && "connection" in value && [...STEPS, "on", "removeAllListeners"].every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === "function");

function guardShard(shard: ShardInside, guard: ShardGuard): void {
  const frames = new FrameOrder();
  for (const name of STEPS) {
    const step = shard[name].bind(shard);
    shard[name] = async (...values) => {
      try {
        return (await guard.mayTake(name)) ? await step(...values) : undefined;
      } catch {
        return guard.failed(name);
      }
    };
  }
  shard.onMessage = frames.inTurn(shard.onMessage);
  let current = shard.connection;
  Object.defineProperty(shard, "connection", {
    get: () => current,
    set: (socket: Socket | null) => {
      current = socket;
      frames.begin();
      if (socket !== null) guard.opened(socket);
    },
  });
  // The SDK's client would build its objects of them, and throws where Discord leaves something out.
  for (const event of ["dispatch", "ready"]) shard.removeAllListeners(event);
  shard.on("dispatch", (payload) => guard.dispatched(fieldsOf(fieldsOf(payload)?.["data"]) ?? {}));
}

/** The SDK reads each frame for itself, so that a short one can overtake the one before it. */
class FrameOrder {
  #tail: Promise<unknown> = Promise.resolve();
  #isFirst = true;

  /** Another socket. */
  begin(): void {
    [this.#tail, this.#isFirst] = [Promise.resolve(), true];
  }

  inTurn(read: Step): Step {
    return (...values) => {
      // The first frame of a socket is read until the first beat is due.
      if (this.#isFirst) {
        this.#isFirst = false;
        return read(...values);
      }
      this.#tail = this.#tail.then(() => read(...values));
      return this.#tail;
    };
  }
}
