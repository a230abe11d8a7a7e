import { randomUUID } from "node:crypto";
import type { MacChat, Written } from "./imsg-mac.js";
import { ImsgServer } from "./imsg-server.js";
import { personName, placeName, type Place, type Provider, type ShownAnswer } from "./provider.js";

const KEPT_ROWS = 500;

/**
 * People who write to an account in Messages: in private and in groups; there are no threads. What they write before
 * imsg watches for the first time waits at Apple: what a database holds before that is nobody's question.
 */
export class IMessageProvider implements Provider {
  readonly channel = "imessage";
  readonly label = "iMessage";
  readonly kinds = ["direct", "group"] as const;
  readonly grows = false;
  onShown: (text: string, id: string) => void = () => undefined;
  readonly #server: ImsgServer;
  readonly #spots = new Map<string, { readonly place: Place; readonly chat: MacChat }>();
  #waiting: Written[] | undefined = [];

  private constructor(server: ImsgServer) {
    this.#server = server;
    const { mac } = server;
    const write = mac.write.bind(mac);
    mac.write = (written) => {
      const row = write(written);
      if (written.isSent === true) this.onShown(row.text, row.guid);
      return row;
    };
    server.onWatch = () => {
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const written of waiting) mac.write(written);
    };
  }

  static async start(): Promise<IMessageProvider> {
    return new IMessageProvider(await ImsgServer.start());
  }

  /** Nobody can be mentioned through imsg, so that groups are answered without it. */
  get section(): Readonly<Record<string, unknown>> {
    return { ...this.#server.section, requireMention: false };
  }

  personId(nth: number): string {
    return `+49151${String(10_000_000 + nth)}`;
  }

  say(place: Place, text: string): string {
    const guid = randomUUID().toUpperCase();
    const written = { chat: this.#chat(place), sender: this.personId(place.nth), text, guid };
    if (this.#waiting === undefined) this.#server.mac.write(written);
    else this.#waiting.push(written);
    return guid;
  }

  shown(): readonly ShownAnswer[] {
    return this.#server.mac.rows.flatMap(({ isSent, isRetracted, guid, chat, text, edits }) => {
      const spot = isSent && !isRetracted ? [...this.#spots.values()].find((one) => one.chat.id === chat.id) : undefined;
      return spot === undefined ? [] : [{ id: guid, place: spot.place, text, edits }];
    });
  }

  forget(): void {
    const { calls, launches, mac } = this.#server;
    calls.length = 0;
    launches.length = 0;
    mac.rows.splice(0, Math.max(0, mac.rows.length - KEPT_ROWS));
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  #chat(place: Place): MacChat {
    const { kind, nth } = place;
    if (kind === "thread") throw new Error("There are no threads in Messages; ask for a direct chat or a group.");
    const known = this.#spots.get(placeName(place));
    if (known !== undefined) return known.chat;
    const { mac } = this.#server;
    const chat = kind === "direct" ? mac.person(this.personId(nth)) : mac.group(`Family of ${personName(nth)}`, [this.personId(nth), this.personId(nth + 100)]);
    this.#spots.set(placeName(place), { place, chat });
    return chat;
  }
}
