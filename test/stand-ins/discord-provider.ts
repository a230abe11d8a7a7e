import { DiscordServer } from "./discord-server.js";
import type { DiscordChannel, DiscordUser } from "./discord-world.js";
import { personName, placeName, type Place, type Provider, type ShownAnswer } from "./provider.js";

interface Spot {
  readonly place: Place;
  readonly channel: DiscordChannel;
}

const HEARTBEAT_MS = 10_000;
/** Of what was said long ago, so much is kept: more than a bot that was away asks for. */
const KEPT_MESSAGES = 1_000;
const TEXT = 0;
const THREAD = 11;

/** People who write to a bot at Discord: in private, in channels of a server, and in threads. */
export class DiscordProvider implements Provider {
  readonly channel = "discord";
  readonly label = "Discord";
  onShown: (text: string, id: string) => void = () => undefined;
  readonly #server: DiscordServer;
  readonly #people = new Map<number, DiscordUser>();
  readonly #spots = new Map<string, Spot>();
  readonly #edits = new Map<string, number>();

  private constructor(server: DiscordServer) {
    this.#server = server;
    const { gateway, world } = server;
    const dispatch = gateway.dispatch.bind(gateway);
    gateway.dispatch = (type, data) => {
      const { author, content, id } = data as { readonly author?: DiscordUser; readonly content?: string; readonly id?: string };
      if (author?.id === world.bot.id && id !== undefined) {
        if (type === "MESSAGE_UPDATE") this.#edits.set(id, (this.#edits.get(id) ?? 0) + 1);
        this.onShown(content ?? "", id);
      }
      dispatch(type, data);
    };
  }

  static async start(): Promise<DiscordProvider> {
    return new DiscordProvider(await DiscordServer.start({ heartbeatMs: HEARTBEAT_MS }));
  }

  get section(): Readonly<Record<string, unknown>> {
    return { token: this.#server.token, apiRoot: this.#server.apiRoot };
  }

  personId(nth: number): string {
    return this.#person(nth).id;
  }

  say(place: Place, text: string): string {
    const { channel } = this.#spot(place);
    const { bot } = this.#server.world;
    const from = this.#person(place.nth);
    return place.kind === "direct" ? this.#server.say({ channel, from, text }).id : this.#server.say({ channel, from, text: `<@${bot.id}> ${text}`, mentions: [bot] }).id;
  }

  shown(): readonly ShownAnswer[] {
    return this.#server.shown().flatMap(({ id, channel, content }) => {
      const spot = [...this.#spots.values()].find((one) => one.channel.id === channel.id);
      return spot === undefined ? [] : [{ id, place: spot.place, text: content, edits: this.#edits.get(id) ?? 0 }];
    });
  }

  forget(): void {
    const { calls, rest, gateway, world } = this.#server;
    calls.length = 0;
    rest.typed.length = 0;
    gateway.heard.length = 0;
    this.#edits.clear();
    for (const id of world.messages.keys()) {
      if (world.messages.size <= KEPT_MESSAGES) return;
      world.messages.delete(id);
    }
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  #person(nth: number): DiscordUser {
    const person = this.#people.get(nth) ?? this.#server.world.addUser(`person.${nth}`, { global_name: personName(nth) });
    this.#people.set(nth, person);
    return person;
  }

  #spot(place: Place): Spot {
    const spot = this.#spots.get(placeName(place)) ?? { place, channel: this.#open(place) };
    this.#spots.set(placeName(place), spot);
    return spot;
  }

  #open({ kind, nth }: Place): DiscordChannel {
    const { world, gateway } = this.#server;
    if (kind === "direct") return world.direct(this.#person(nth));
    const { guildId } = world;
    const channel = world.addChannel({ type: TEXT, name: `${kind}-${nth}`, guildId });
    gateway.dispatch("CHANNEL_CREATE", world.asChannel(channel));
    if (kind === "group") return channel;
    const thread = world.addChannel({ type: THREAD, name: `Dinner ${nth}`, guildId, parentId: channel.id });
    gateway.dispatch("THREAD_CREATE", world.asChannel(thread));
    return thread;
  }
}
