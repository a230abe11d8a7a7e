import type { proto } from "@whiskeysockets/baileys";
import { personName, placeName, type Place, type Provider, type ShownAnswer } from "./provider.js";
import { linkedBefore } from "./whatsapp-daemon.js";
import type { WhatsappPerson } from "./whatsapp-person.js";
import { WhatsappServer } from "./whatsapp-server.js";
import type { ShownMessage, WhatsappGroup } from "./whatsapp-world.js";

interface Spot {
  readonly place: Place;
  /** What its messages are addressed to. */
  readonly chat: string;
  readonly group?: WhatsappGroup;
}

const KEPT_MESSAGES = 500;
/** Each of them begins a session, with a key that the account had left at WhatsApp for it. */
const NEW_PEOPLE = 400;

/** People who write to a linked account at WhatsApp: alone, and in groups. */
export class WhatsappProvider implements Provider {
  readonly channel = "whatsapp";
  readonly label = "WhatsApp";
  readonly kinds = ["direct", "group"] as const;
  readonly grows = false;
  onShown: (text: string, id: string) => void = () => undefined;
  readonly #server: WhatsappServer;
  readonly #people = new Map<number, WhatsappPerson>();
  readonly #spots = new Map<string, Spot>();

  private constructor(server: WhatsappServer) {
    this.#server = server;
    const { world } = server;
    const show = world.show.bind(world);
    world.show = (id, chat, content) => {
      show(id, chat, content);
      const message = world.messages.get(content.protocolMessage?.key?.id ?? id);
      if (message !== undefined) this.onShown(textOf(message), message.id);
    };
  }

  static async start(): Promise<WhatsappProvider> {
    return new WhatsappProvider(await WhatsappServer.start());
  }

  get section(): Readonly<Record<string, unknown>> {
    return { url: this.#server.url };
  }

  prepare(stateDir: string): Promise<Readonly<Record<string, string>>> {
    return linkedBefore(this.#server, stateDir, NEW_PEOPLE);
  }

  personId(nth: number): string {
    return `+${this.#person(nth).number}`;
  }

  say(place: Place, text: string): string {
    const { world } = this.#server;
    const { group } = this.#spot(place);
    const me = world.account.phone.lid;
    const content: proto.IMessage = group === undefined ? { conversation: text } : { extendedTextMessage: { text: `@${me.split("@")[0] ?? ""} ${text}`, contextInfo: { mentionedJid: [me] } } };
    const id = world.newId();
    void this.#server.send({ id, from: this.#person(place.nth), content, ...(group === undefined ? {} : { group }) });
    return id;
  }

  shown(): readonly ShownAnswer[] {
    return [...this.#server.world.messages.values()].flatMap((message) => {
      const spot = [...this.#spots.values()].find(({ chat }) => chat === message.chat);
      return spot === undefined || message.isRemoved ? [] : [{ id: message.id, place: spot.place, text: textOf(message), edits: message.edits }];
    });
  }

  forget(): void {
    this.#server.world.forget(KEPT_MESSAGES);
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  #person(nth: number): WhatsappPerson {
    const person = this.#people.get(nth) ?? this.#server.world.addPerson(personName(nth));
    this.#people.set(nth, person);
    return person;
  }

  #spot(place: Place): Spot {
    const spot = this.#spots.get(placeName(place)) ?? this.#open(place);
    this.#spots.set(placeName(place), spot);
    return spot;
  }

  #open(place: Place): Spot {
    const person = this.#person(place.nth);
    if (place.kind === "direct") return { place, chat: person.pn };
    const group = this.#server.world.addGroup(`Family ${place.nth}`, [person]);
    return { place, chat: group.id, group };
  }
}

const textOf = ({ content }: ShownMessage): string => content.conversation || content.extendedTextMessage?.text || "";
