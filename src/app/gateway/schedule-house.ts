import type { CronHouse } from "./cron-house.js";
import type { Delivery } from "./delivery.js";
import { HeartbeatDesk } from "./heartbeat-desk.js";
import type { Hub } from "./hub.js";
import type { GatewayParts } from "./parts.js";
import type { RunDesk } from "./run-desk.js";
import type { SessionDesk } from "./session-desk.js";
import type { SystemEvents } from "./system-events.js";

interface Deps {
  readonly hub: Hub;
  readonly runs: RunDesk;
  readonly sessions: SessionDesk;
  readonly events: SystemEvents;
  readonly delivery: Delivery;
}

/** Everything that the assistant does by itself, put together. */
export class ScheduleHouse {
  readonly heartbeats: HeartbeatDesk;
  readonly #parts: GatewayParts;
  readonly #deps: Deps;
  #loading: Promise<CronHouse> | undefined;
  #cron: CronHouse | undefined;
  #isPaused = false;

  constructor(parts: GatewayParts, deps: Deps) {
    this.#parts = parts;
    this.#deps = deps;
    this.heartbeats = new HeartbeatDesk(parts, deps);
  }

  /** Takes up what was left. The stores must be open, and the channels there. */
  async begin(): Promise<void> {
    await this.heartbeats.begin();
    if (this.#parts.records.cronJobs.view().size > 0) await this.cron();
  }

  /** Jobs. Most gateways have none, and need nothing of what runs them. */
  cron(): Promise<CronHouse> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<CronHouse> {
    const { CronHouse } = await import("./cron-house.js");
    const house = new CronHouse(this.#parts, { ...this.#deps, heartbeats: this.heartbeats });
    if (!this.#isPaused) await house.desk.begin();
    // The gateway began to end meanwhile.
    if (this.#isPaused) house.desk.pause();
    return (this.#cron = house);
  }

  /** To be called twice a minute: timers know nothing of a host that slept, or of settings that changed. */
  look(): void {
    this.heartbeats.look();
    this.#cron?.desk.look();
  }

  /** Nothing more begins. */
  pause(): void {
    this.#isPaused = true;
    this.#cron?.desk.pause();
    this.heartbeats.pause();
  }

  /** After the runs of agents have ended. */
  async close(): Promise<void> {
    await Promise.all([this.#cron?.desk.close(), this.heartbeats.close()]);
  }
}
