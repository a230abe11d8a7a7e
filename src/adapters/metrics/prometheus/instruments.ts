import type * as Prometheus from "prom-client";
import { Tally } from "./tally.js";

/** From a lookup in memory to a method that asks a provider. Seconds, as Prometheus wants them. */
const REQUEST_BUCKETS = [0.000_1, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];
const TURN_BUCKETS = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

export type Instruments = ReturnType<typeof createInstruments>;

/** All that is measured of a gateway, under the names it is known by. */
export function createInstruments({ Counter, Gauge, Histogram }: typeof Prometheus, registry: Prometheus.Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) => new Counter<L>({ name: `openclaw_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) => new Gauge<L>({ name: `openclaw_${name}`, help, labelNames: [...labelNames], registers });
  return {
    handshakes: counter("handshakes_total", "First frames, by how they were judged: admitted, pairing, malformed, timeout, or the rule that refused them.", ["outcome"]),
    requests: new Tally({ name: "openclaw_request_duration_seconds", help: "Requests until their first answer, by method.", bounds: REQUEST_BUCKETS }),
    repeats: counter("idempotent_repeats_total", "Requests that came again under their idempotency key: answered from memory, joined to the first, in conflict with it; or not taken for want of room.", ["how"]),
    drops: counter("events_dropped_total", "Events that a connection did not get because it reads too slowly.", ["event"]),
    closedSlow: counter("slow_connections_closed_total", "Connections that were closed because they read too slowly.", []),
    turns: new Histogram({ name: "openclaw_turn_duration_seconds", help: "Turns of an agent, by how they ended.", labelNames: ["outcome"], buckets: TURN_BUCKETS, registers }),
    sends: counter("sends_total", "Messages and edits given to a provider, by what it made of them.", ["channel", "outcome"]),
    info: gauge("build_info", "The gateway's version.", ["version"]),
    ready: gauge("ready", "1 while new connections are taken.", []),
    connections: gauge("connections", "Open connections: of strangers who are still to be judged, and of those who were admitted.", ["role", "state"]),
    channels: gauge("channel_state", "1 for the state that an account is in.", ["channel", "account", "state"]),
    silence: gauge("channel_last_sign_age_seconds", "Since the last sign that an account's way in works.", ["channel", "account"]),
    waiting: gauge("outbox_waiting", "Messages on their way out.", ["channel", "account"]),
    age: gauge("outbox_oldest_age_seconds", "How long the oldest of them has waited.", ["channel", "account"]),
    dead: gauge("dead_letters", "Messages that were given up and wait for their owner.", ["channel", "account"]),
  };
}
