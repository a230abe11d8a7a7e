import type { IncomingMessage } from "node:http";
import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** Longer than any message that Signal carries. */
const MAX_EVENT_CHARS = 4 * 1_048_576;
/** The daemon says something every 15 seconds. Three times nothing is a connection that only looks open. */
export const SILENCE_MS = 47_000;

/** Reads a stream of server-sent events, in whatever pieces it comes. Comments give nothing. */
export class EventReader {
  readonly #decoder = new TextDecoder();
  #left = "";
  #event = "message";
  #data: string[] = [];

  /** Throws where an event outgrows what any can be. */
  read(chunk: Uint8Array): readonly ServerEvent[] {
    const events: ServerEvent[] = [];
    const text = this.#left + this.#decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    this.#left = lines.pop() ?? "";
    for (const line of lines) this.#readLine(line.replace(/\r$/u, ""), events);
    if (this.#left.length + this.#data.reduce((sum, { length }) => sum + length, 0) > MAX_EVENT_CHARS) throw new Error("An event of signal-cli is longer than any should be.");
    return events;
  }

  #readLine(line: string, events: ServerEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) events.push({ event: this.#event, data: this.#data.join("\n") });
      this.#event = "message";
      this.#data = [];
      return;
    }
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/su.exec(line) ?? [];
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
  }
}

/**
 * The events of an open stream, one after the other; ends where the stream does, and where it is silent for so long that
 * it must be dead. The time that the reader takes over an event counts for nothing. Closes the stream in any case.
 */
export async function* eventsOf(response: IncomingMessage, { clock, heard }: { readonly clock: Clock; readonly heard: () => void }): AsyncGenerator<ServerEvent, "ended" | "silent"> {
  const reader = new EventReader();
  let isSilent = false;
  let disarm = (): void => undefined;
  const listen = (): void => {
    disarm = clock.callAt(after(clock.now(), SILENCE_MS), () => {
      isSilent = true;
      response.destroy();
    });
  };
  try {
    listen();
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      disarm();
      heard();
      yield* reader.read(chunk);
      listen();
    }
  } catch {
    // It broke, or was given up: both are its end.
  } finally {
    disarm();
    response.destroy();
  }
  return isSilent ? "silent" : "ended";
}
