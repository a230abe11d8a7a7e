import { personName, placeName, type Place, type Provider, type ShownAnswer } from "./provider.js";
import { SlackServer } from "./slack-server.js";
import { BOT_USER_ID } from "./slack-workspace.js";

interface Spot {
  readonly place: Place;
  readonly channel: string;
  readonly threadTs?: string;
}

/** How long Slack waits for an acknowledgement before it tells of an event again; its first repetition comes almost at once. */
const REDELIVER_MS = 2_000;
const PING_MS = 10_000;

/** People who write to an app at Slack: in private, in channels, and in threads. */
export class SlackProvider implements Provider {
  readonly channel = "slack";
  readonly label = "Slack";
  onShown: (text: string, id: string) => void = () => undefined;
  readonly #server: SlackServer;
  readonly #spots = new Map<string, Spot>();
  readonly #edits = new Map<string, number>();

  private constructor(server: SlackServer) {
    this.#server = server;
    const { workspace } = server;
    const post = workspace.post.bind(workspace);
    workspace.post = (said) => {
      const posted = post(said);
      if (said.user === BOT_USER_ID) this.onShown(said.text, posted.ts);
      return posted;
    };
    const edit = workspace.edit.bind(workspace);
    workspace.edit = (channel, ts, change, ...how) => {
      this.#edits.set(ts, (this.#edits.get(ts) ?? 0) + 1);
      if (change.text !== undefined) this.onShown(change.text, ts);
      return edit(channel, ts, change, ...how);
    };
  }

  static async start(): Promise<SlackProvider> {
    return new SlackProvider(await SlackServer.start({ redeliverMs: REDELIVER_MS, pingMs: PING_MS }));
  }

  get section(): Readonly<Record<string, unknown>> {
    return { botToken: this.#server.botToken, appToken: this.#server.appToken, apiUrl: this.#server.apiUrl };
  }

  personId(nth: number): string {
    const id = `U${String(nth).padStart(8, "0")}`;
    const { users } = this.#server.workspace;
    if (!users.has(id)) users.set(id, { id, name: `person.${nth}`, realName: personName(nth), displayName: personName(nth) });
    return id;
  }

  say(place: Place, text: string): string {
    const { channel, threadTs } = this.#spot(place);
    return this.#server.workspace.post({
      channel,
      user: this.personId(place.nth),
      text: place.kind === "direct" ? text : `<@${BOT_USER_ID}> ${text}`,
      ...(threadTs === undefined ? {} : { threadTs }),
    }).ts;
  }

  shown(): readonly ShownAnswer[] {
    return this.#server.workspace.messages.flatMap(({ channel, threadTs, user, ts, text }) => {
      if (user !== BOT_USER_ID) return [];
      const spots = [...this.#spots.values()].filter((one) => one.channel === channel);
      // Whoever mentions the app in a channel is answered in a thread that begins there.
      const spot = spots.find((one) => one.threadTs === threadTs) ?? spots.find((one) => one.threadTs === undefined);
      return spot === undefined ? [] : [{ id: ts, place: spot.place, text, edits: this.#edits.get(ts) ?? 0 }];
    });
  }

  forget(): void {
    const { calls, acknowledged, deliveries, workspace } = this.#server;
    calls.length = 0;
    acknowledged.length = 0;
    workspace.statuses.length = 0;
    this.#edits.clear();
    const open = deliveries.filter(({ isAcknowledged }) => !isAcknowledged);
    deliveries.splice(0, deliveries.length, ...open);
    const roots = new Set([...this.#spots.values()].map(({ threadTs }) => threadTs));
    const kept = workspace.messages.filter(({ ts }, at) => roots.has(ts) || at >= workspace.messages.length - 500);
    workspace.messages.splice(0, workspace.messages.length, ...kept);
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  #spot(place: Place): Spot {
    const spot = this.#spots.get(placeName(place)) ?? this.#open(place);
    this.#spots.set(placeName(place), spot);
    return spot;
  }

  #open(place: Place): Spot {
    const { workspace } = this.#server;
    const { kind, nth } = place;
    if (kind === "direct") return { place, channel: workspace.directChat(this.personId(nth)).id };
    const channel = `C${kind === "group" ? "1" : "2"}${String(nth).padStart(7, "0")}`;
    workspace.places.set(channel, { id: channel, kind: "channel", name: `${kind}-${nth}` });
    if (kind === "group") return { place, channel };
    const { ts } = workspace.post({ channel, user: this.personId(nth), text: "Where shall we have dinner?", unheard: true });
    return { place, channel, threadTs: ts };
  }
}
