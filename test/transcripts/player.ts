import { readFileSync, readdirSync } from "node:fs";
import type { AuthSettings } from "../../src/domain/settings.js";
import type { HandClock } from "../../src/testing/hand-clock.js";
import { pruned, Words, type Challenge } from "./pattern.js";

export interface PeerAsk {
  /** `127.0.0.1` without it. Any other can only be played in memory and on the domain. */
  readonly address?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GatewayAsk {
  readonly auth?: AuthSettings;
  readonly autoApproveLocal?: boolean;
  readonly allowedOrigins?: readonly string[];
}

/** `on` names the connection that a line is about; without it, the one opened last. */
export type Line = { readonly on?: string } & (
  /** `domain: false` where more than the judgement of a frame is told, though the lines don't show it. */
  | { readonly scenario: string; readonly gateway?: GatewayAsk; readonly domain?: false }
  | { readonly open: PeerAsk }
  /** Sent `repeat` times, `$n` counting from 1. */
  | { readonly in: unknown; readonly repeat?: number }
  | { readonly out: unknown; readonly repeat?: number }
  | { readonly close: { readonly code: number; readonly reason?: string } }
  /** The client leaves. */
  | { readonly leave: true }
  /** Moves the hand clock on, in ms. */
  | { readonly pass: number }
  /** Nothing came that was not read yet, and nothing was closed. */
  | { readonly quiet: true }
  /** The owner, inside the gateway's process, calls a method. */
  | { readonly call: string; readonly params: unknown; readonly result?: unknown }
  /** The gateway is told to stop. */
  | { readonly shutdown: true }
);

export interface Scenario {
  readonly title: string;
  readonly file: string;
  readonly gateway: GatewayAsk;
  readonly domain: boolean;
  readonly lines: readonly { readonly number: number; readonly line: Line }[];
}

/** One connection of a stage, as the client sees it. */
export interface Seat {
  /** All that came. */
  readonly messages: readonly string[];
  /** How it ended; a partial stage may leave out why. */
  readonly ending: { readonly code: number; readonly reason?: string } | undefined;
  send(message: string | Uint8Array): void;
  leave(): void;
}

/** What a transcript is played on. */
export interface Stage {
  /** Says less than a whole gateway does: only what it says is compared. */
  readonly partial: boolean;
  open(peer: PeerAsk): Promise<Seat>;
  /** Resolves when everything under way has come to rest. */
  settle(): Promise<void>;
  pass(ms: number): Promise<void>;
  call(method: string, params: unknown): Promise<unknown>;
  shutdown(): void;
  end(): Promise<void>;
}

const FOLDER = new URL("./", import.meta.url);

/** Every scenario of every `.jsonl` file in this folder. A scenario runs from its title to the next one. */
export function readScenarios(): Scenario[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl")).sort().flatMap(readFile);
}

function readFile(file: string): Scenario[] {
  const scenarios: { title: string; file: string; gateway: GatewayAsk; domain: boolean; lines: { number: number; line: Line }[] }[] = [];
  for (const [index, text] of readFileSync(new URL(file, FOLDER), "utf8").split("\n").entries()) {
    if (text.trim() === "") continue;
    const line = JSON.parse(text) as Line;
    if ("scenario" in line) scenarios.push({ title: line.scenario, file, gateway: line.gateway ?? {}, domain: line.domain ?? true, lines: [] });
    else scenarios.at(-1)?.lines.push({ number: index + 1, line });
  }
  return scenarios;
}

interface Place {
  readonly seat: Seat;
  readonly challenge: Challenge;
  read: number;
  isOver: boolean;
}

/** Plays one scenario, and throws at the first line that turns out otherwise. */
export class Player {
  readonly #stage: Stage;
  readonly #words: Words;
  readonly #places = new Map<string, Place>();
  #last = "";

  constructor(stage: Stage, clock: HandClock) {
    this.#stage = stage;
    this.#words = new Words(clock);
  }

  async play(scenario: Scenario): Promise<void> {
    try {
      for (const { number, line } of scenario.lines) {
        await this.#step(line).catch((error: unknown) => {
          throw new Error(`${scenario.file}:${number}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
        });
      }
      await this.#stage.settle();
      this.#beQuiet();
    } finally {
      await this.#stage.end();
    }
  }

  async #step(line: Line): Promise<void> {
    if ("open" in line) return this.#open(line.open, line.on);
    if ("pass" in line) return this.#stage.pass(line.pass);
    if ("call" in line) return this.#call(line);
    if ("shutdown" in line) return this.#stage.shutdown();
    if ("scenario" in line) return undefined;
    const place = this.#places.get(line.on ?? this.#last);
    if (!place) throw new Error("no connection was opened");
    if ("in" in line) return this.#send(place, line);
    if ("leave" in line) {
      place.isOver = true;
      return place.seat.leave();
    }
    await this.#stage.settle();
    if ("quiet" in line) return this.#beQuiet();
    if ("close" in line) return this.#expectClose(place, line.close);
    for (let round = 0; round < (line.repeat ?? 1); round += 1) this.#expect(place, line.out);
  }

  async #open(peer: PeerAsk, name = `${this.#places.size}`): Promise<void> {
    this.#places.set(name, { seat: await this.#stage.open(peer), challenge: {}, read: 0, isOver: false });
    this.#last = name;
  }

  async #call({ call, params, result }: Extract<Line, { call: string }>): Promise<void> {
    const actual = await this.#stage.call(call, this.#words.fill(params, {}));
    if (result !== undefined) this.#compare(result, actual, {});
  }

  #send({ seat, challenge }: Place, { in: given, repeat = 1 }: Extract<Line, { in: unknown }>): void {
    for (let round = 1; round <= repeat; round += 1) {
      const frame = this.#words.fill(numbered(given, round), challenge) as Readonly<Record<string, unknown>>;
      if (typeof frame["raw"] === "string") seat.send(frame["raw"]);
      else if (typeof frame["binary"] === "string") seat.send(Buffer.from(frame["binary"]));
      else if (frame["frame"] !== undefined) seat.send(Buffer.from(JSON.stringify(frame["frame"])));
      else seat.send(JSON.stringify(frame));
    }
  }

  #expect(place: Place, pattern: unknown): void {
    const text = heardBy(place.seat)[place.read];
    if (text === undefined) throw new Error(`nothing came, ${place.seat.ending ? `closed: ${JSON.stringify(place.seat.ending)}` : "still open"}; expected ${JSON.stringify(pattern)}`);
    place.read += 1;
    this.#compare(pattern, JSON.parse(text), place.challenge);
  }

  #expectClose(place: Place, close: { readonly code: number; readonly reason?: string }): void {
    const { ending } = place.seat;
    const messages = heardBy(place.seat);
    if (messages.length > place.read) throw new Error(`came before the close: ${messages[place.read]}`);
    if (!ending) throw new Error(`still open; expected ${JSON.stringify(close)}`);
    this.#compare({ reason: "", ...close }, ending, place.challenge);
    place.isOver = true;
  }

  #compare(pattern: unknown, actual: unknown, challenge: Challenge): void {
    const wanted = this.#stage.partial ? pruned(pattern, actual) : pattern;
    const problem = this.#words.mismatch(wanted, actual, { challenge });
    if (problem !== undefined) throw new Error(`${problem}\n  whole: ${JSON.stringify(actual)}`);
  }

  #beQuiet(): void {
    for (const [name, { seat, read, isOver }] of this.#places) {
      const messages = heardBy(seat);
      if (messages.length > read) throw new Error(`connection ${name}: unexpected ${messages[read]}`);
      if (seat.ending && !isOver) throw new Error(`connection ${name} was closed: ${JSON.stringify(seat.ending)}`);
    }
  }
}

/**
 * Whatever came, but for what tells a node of its surface: that comes when the surface was written down, in no order with
 * anything else, and the tests of nodes look at it.
 */
const heardBy = (seat: Seat): readonly string[] => seat.messages.filter((text) => !text.includes('"event":"node.surface.changed"'));

const numbered = (value: unknown, round: number): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll("$n\"", `${round}"`));
