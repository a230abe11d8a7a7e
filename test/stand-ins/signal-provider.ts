import { personName, placeName, type Place, type Provider, type ShownAnswer } from "./provider.js";
import { SignalServer } from "./signal-server.js";
import type { SignalChat, SignalPerson } from "./signal-world.js";

interface Spot {
  readonly place: Place;
  readonly chat: SignalChat;
}

const NUMBER = "+491511234567";
const KEPT_MESSAGES = 500;

/** People who write to an account at Signal: alone, and in groups. */
export class SignalProvider implements Provider {
  readonly channel = "signal";
  readonly label = "Signal";
  readonly kinds = ["direct", "group"] as const;
  readonly grows = false;
  onShown: (text: string, id: string) => void = () => undefined;
  readonly #server: SignalServer;
  readonly #account: SignalPerson;
  readonly #people = new Map<number, SignalPerson>();
  readonly #spots = new Map<string, Spot>();

  private constructor(server: SignalServer) {
    this.#server = server;
    this.#account = server.world.addAccount(NUMBER);
    server.world.onSent = (text, timestamp) => this.onShown(text, String(timestamp));
  }

  static async start(): Promise<SignalProvider> {
    return new SignalProvider(await SignalServer.start());
  }

  get section(): Readonly<Record<string, unknown>> {
    return { account: NUMBER, httpUrl: this.#server.url };
  }

  personId(nth: number): string {
    return this.#person(nth).uuid;
  }

  say(place: Place, text: string): string {
    const { chat } = this.#spot(place);
    const from = this.#person(place.nth);
    const mentioned = { text: `\ufffc ${text}`, more: { mentions: [{ name: NUMBER, number: NUMBER, uuid: this.#account.uuid, start: 0, length: 1 }] } };
    const timestamp = this.#server.say(this.#account, place.kind === "direct" ? { from, text } : { from, chat, ...mentioned });
    return `${timestamp}:${from.uuid}`;
  }

  mayHaveSwallowed(id: string): boolean {
    return this.#server.swallowed.has(Number(id.split(":")[0]));
  }

  shown(): readonly ShownAnswer[] {
    return this.#server.world.sent.flatMap(({ timestamp, chat, text, edits }) => {
      const id = idOf(chat);
      const spot = [...this.#spots.values()].find((one) => idOf(one.chat) === id);
      return spot === undefined ? [] : [{ id: String(timestamp), place: spot.place, text, edits }];
    });
  }

  forget(): void {
    this.#server.forget();
    const { sent } = this.#server.world;
    sent.splice(0, Math.max(0, sent.length - KEPT_MESSAGES));
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  #person(nth: number): SignalPerson {
    const person = this.#people.get(nth) ?? this.#server.world.addPerson(personName(nth));
    this.#people.set(nth, person);
    return person;
  }

  #spot(place: Place): Spot {
    const { world } = this.#server;
    const spot = this.#spots.get(placeName(place)) ?? { place, chat: place.kind === "direct" ? { person: this.#person(place.nth) } : { group: world.addGroup(`Family ${place.nth}`) } };
    this.#spots.set(placeName(place), spot);
    return spot;
  }
}

const idOf = (chat: SignalChat): string => ("group" in chat ? chat.group.id : chat.person.uuid);
