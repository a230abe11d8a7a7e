import { personName, placeName, type Place, type Provider, type ShownAnswer } from "./provider.js";
import type { TelegramBot } from "./telegram-bot.js";
import { TelegramServer } from "./telegram-server.js";
import type { TelegramChat, TelegramUser } from "./telegram-world.js";

interface Spot {
  readonly place: Place;
  readonly chat: TelegramChat;
  readonly threadId?: number;
}

/** People who write to a bot at Telegram: in private, in groups, and in topics of forums. */
export class TelegramProvider implements Provider {
  readonly channel = "telegram";
  readonly label = "Telegram";
  onShown: (text: string, id: string) => void = () => undefined;
  readonly #server: TelegramServer;
  readonly #bot: TelegramBot;
  readonly #people = new Map<number, TelegramUser>();
  readonly #spots = new Map<string, Spot>();

  private constructor(server: TelegramServer) {
    this.#server = server;
    this.#bot = server.addBot();
    const { world } = server;
    const keep = world.keep.bind(world);
    const change = world.change.bind(world);
    world.change = (message, shown) => {
      if (message.method !== undefined) this.onShown(shown.text ?? message.text, String(message.id));
      return change(message, shown);
    };
    world.keep = (message) => {
      const kept = keep(message);
      if (kept.method !== undefined) this.onShown(kept.text, String(kept.id));
      return kept;
    };
  }

  static async start(): Promise<TelegramProvider> {
    return new TelegramProvider(await TelegramServer.start());
  }

  get section(): Readonly<Record<string, unknown>> {
    return { botToken: this.#bot.facts.token, apiRoot: this.#server.apiRoot };
  }

  personId(nth: number): string {
    return String(this.#person(nth).id);
  }

  say(place: Place, text: string): string {
    const { chat, threadId } = this.#spot(place);
    const name = `@${this.#bot.facts.username}`;
    const isCalled = place.kind !== "direct";
    const kept = this.#server.say(this.#bot, {
      from: this.#person(place.nth),
      chat,
      text: isCalled ? `${name} ${text}` : text,
      ...(isCalled ? { entities: [{ type: "mention", offset: 0, length: name.length }] } : {}),
      ...(threadId === undefined ? {} : { threadId }),
    });
    return String(kept.id);
  }

  shown(): readonly ShownAnswer[] {
    return this.#server.shown(this.#bot).flatMap(({ id, chat, threadId, text, edits }) => {
      const spot = [...this.#spots.values()].find((one) => one.chat.id === chat.id && one.threadId === threadId);
      return spot === undefined ? [] : [{ id: String(id), place: spot.place, text, edits }];
    });
  }

  forget(): void {
    this.#server.calls.length = 0;
    this.#bot.confirmed.clear();
    const { messages } = this.#server.world;
    for (const id of messages.keys()) {
      if (messages.size <= 500) return;
      messages.delete(id);
    }
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  #person(nth: number): TelegramUser {
    const person = this.#people.get(nth) ?? this.#server.world.addUser({ first_name: personName(nth), username: `person_${nth}` });
    this.#people.set(nth, person);
    return person;
  }

  #spot(place: Place): Spot {
    const spot = this.#spots.get(placeName(place)) ?? this.#open(place);
    this.#spots.set(placeName(place), spot);
    return spot;
  }

  #open(place: Place): Spot {
    const { world } = this.#server;
    const { kind, nth } = place;
    const person = this.#person(nth);
    if (kind === "direct") return { place, chat: world.chats.get(person.id) ?? world.addChat({ type: "private" }) };
    if (kind === "group") return { place, chat: world.addChat({ type: "group", title: `Family ${nth}` }) };
    const chat = world.addChat({ type: "supergroup", title: `Club ${nth}`, is_forum: true });
    return { place, chat, threadId: world.addTopic(chat).threadId };
  }
}
