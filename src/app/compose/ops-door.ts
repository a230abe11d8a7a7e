import { traceOf } from "../../domain/reason.js";
import type { PrometheusMetrics } from "../../adapters/metrics/prometheus/index.js";
import { SystemClock } from "../../adapters/system/index.js";
import { WsTransport } from "../../adapters/transport/ws/index.js";
import type { Routes } from "../../adapters/transport/ws/ws-options.js";
import type { Log } from "../../ports/log.js";
import type { Metrics } from "../../ports/metrics.js";
import { answerProbe } from "./health-routes.js";

export interface OpsPlace {
  readonly host: string;
  readonly port: number;
  /** Asked on each use. */
  readonly allowedHosts: () => readonly string[];
}

/** How far the process has come. */
export interface Stage {
  /** A gateway has served in it. */
  isStarted(): boolean;
  /** New connections are taken. */
  isReady(): boolean;
}

interface OpenDoor {
  readonly transport: WsTransport;
  readonly place: OpsPlace;
}

/**
 * The listener for probes and scrapers, apart from the one for clients: one for the process, whichever gateway runs in it
 * just now. It tells nothing but numbers, and needs no secret for that.
 */
export class OpsDoor {
  readonly #stage: Stage;
  readonly #log: () => Log;
  #door: OpenDoor | undefined;
  #metrics: PrometheusMetrics | undefined;

  constructor(stage: Stage, log: () => Log) {
    this.#stage = stage;
    this.#log = log;
  }

  /** Where it can be asked. */
  get url(): string | undefined {
    if (this.#door === undefined) return undefined;
    const { host, port } = this.#door.transport.address();
    return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /**
   * Opens it, moves it or closes it, and gives back what is measured with. What was counted stays counted. Rejects with
   * the system's error where the address is not to be had; then all is as it was.
   */
  async follow(place: OpsPlace | undefined): Promise<Metrics | undefined> {
    if (place === undefined) {
      await this.close();
      return undefined;
    }
    this.#metrics ??= await openMetrics();
    const before = this.#door;
    if (before !== undefined && before.place.host === place.host && before.place.port === place.port) {
      this.#door = { ...before, place };
      return this.#metrics;
    }
    this.#door = { transport: await this.#listen(place), place };
    await before?.transport.stop();
    return this.#metrics;
  }

  async close(): Promise<void> {
    const door = this.#door;
    this.#door = undefined;
    await door?.transport.stop();
  }

  async #listen({ host, port }: OpsPlace): Promise<WsTransport> {
    const transport = new WsTransport({
      host,
      port,
      sideOnly: true,
      clock: new SystemClock(),
      log: forwarded(this.#log),
      // Those of the configuration that holds now, which may have changed while the address stayed.
      allowedHosts: () => this.#door?.place.allowedHosts() ?? [],
      routes: this.#routes,
    });
    await transport.start(() => {
      throw new Error("a listener without WebSockets was given one");
    });
    return transport;
  }

  readonly #routes: Routes = (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0];
    switch (path) {
      case "/healthz": return answerProbe(request, response, true);
      case "/readyz": return answerProbe(request, response, this.#stage.isReady());
      case "/startupz": return answerProbe(request, response, this.#stage.isStarted());
      case "/metrics": {
        const metrics = this.#metrics;
        if (metrics === undefined) return false;
        if (request.method !== "GET" && request.method !== "HEAD") return answerProbe(request, response, false);
        metrics.text().then(
          (text) => response.writeHead(200, { "content-type": metrics.contentType, "cache-control": "no-store", "x-content-type-options": "nosniff" }).end(text),
          (error: unknown) => {
            this.#log().error("the metrics could not be told", { error: traceOf(error) });
            response.writeHead(500).end();
          },
        );
        return true;
      }
      default: return false;
    }
  };
}

async function openMetrics(): Promise<PrometheusMetrics> {
  const { PrometheusMetrics } = await import("../../adapters/metrics/prometheus/index.js");
  return PrometheusMetrics.open();
}

/** The log changes with the gateway, and the listener stays. */
const forwarded = (log: () => Log): Log => ({
  debug: (message, fields) => log().debug(message, fields),
  info: (message, fields) => log().info(message, fields),
  warn: (message, fields) => log().warn(message, fields),
  error: (message, fields) => log().error(message, fields),
});
