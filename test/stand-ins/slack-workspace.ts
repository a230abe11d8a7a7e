/** A workspace of Slack as it is kept: who is in it, what was said, and the events that tell of it. */

export interface SlackUser {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  readonly displayName?: string;
  readonly isBot?: boolean;
}

export interface SlackPlace {
  readonly id: string;
  readonly kind: "im" | "mpim" | "channel" | "group";
  readonly name?: string;
  /** The other person of a direct chat. */
  readonly user?: string;
  /** What writing here is answered with. */
  closedWith?: string;
}

export interface SlackFile {
  readonly id: string;
  readonly name: string;
  readonly mimetype: string;
  bytes: Uint8Array;
  readonly shares: { readonly channel: string; readonly ts: string }[];
}

export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly user: string;
  readonly threadTs?: string;
  readonly files: readonly SlackFile[];
  text: string;
  blocks: unknown;
  editedTs?: string;
  /** Who reacted with what, by Slack's name of the emoji. */
  readonly reactions: { readonly name: string; readonly user: string }[];
}

export type SlackEvent = Readonly<Record<string, unknown>> & { readonly type: string };

export const TEAM_ID = "T0000WORK";
export const BOT_USER_ID = "U00000BOT";
export const BOT_ID = "B00000BOT";
export const ADA = "U00000ADA";
export const BOB = "U00000BOB";
export const ADA_CHAT = "D00000ADA";
export const FAMILY = "C00FAMILY";

const USERS: readonly SlackUser[] = [
  { id: ADA, name: "ada", realName: "Ada Lovelace", displayName: "Ada" },
  { id: BOB, name: "bob", realName: "Bob Example" },
  { id: BOT_USER_ID, name: "helper", realName: "Helper", isBot: true },
];
const PLACES: readonly SlackPlace[] = [
  { id: ADA_CHAT, kind: "im", user: ADA },
  { id: FAMILY, kind: "channel", name: "family" },
  { id: "G000SMALL", kind: "mpim", name: "mpdm-ada--bob--helper-1" },
  { id: "C0000PRIV", kind: "group", name: "board" },
];

/** Everything that happens here is told to whoever listens, as Slack's Events API words it. */
export class SlackWorkspace {
  readonly users = new Map(USERS.map((user) => [user.id, user]));
  readonly places = new Map(PLACES.map((place) => [place.id, { ...place }]));
  readonly files = new Map<string, SlackFile>();
  readonly messages: SlackMessage[] = [];
  readonly statuses: { readonly channel: string; readonly threadTs: string; readonly status: string }[] = [];
  readonly #now: () => number;
  readonly #tell: (event: SlackEvent, about: string) => void;
  #lastMicros = 0;
  #count = 0;

  constructor({ now, tell }: { now: () => number; tell: (event: SlackEvent, about: string) => void }) {
    this.#now = now;
    this.#tell = tell;
  }

  /** A moment in Slack's words, never the same twice. */
  nextTs(): string {
    this.#lastMicros = Math.max(this.#lastMicros + 100, Math.floor(this.#now()) * 1_000);
    return `${Math.floor(this.#lastMicros / 1_000_000)}.${String(this.#lastMicros % 1_000_000).padStart(6, "0")}`;
  }

  nextId(prefix: string): string {
    this.#count += 1;
    return `${prefix}${String(this.#count).padStart(8, "0")}`;
  }

  addFile(name: string, mimetype: string, bytes: Uint8Array): SlackFile {
    const file: SlackFile = { id: this.nextId("F"), name, mimetype, bytes, shares: [] };
    this.files.set(file.id, file);
    return file;
  }

  find(channel: string, ts: string): SlackMessage | undefined {
    return this.messages.find((message) => message.channel === channel && message.ts === ts);
  }

  /** The direct chat with a person, opened where there is none yet. */
  directChat(user: string): SlackPlace {
    const known = [...this.places.values()].find((place) => place.user === user);
    if (known !== undefined) return known;
    const place: SlackPlace = { id: `D${user.slice(1)}`, kind: "im", user };
    this.places.set(place.id, place);
    return place;
  }

  post(said: { channel: string; user: string; text: string; threadTs?: string; blocks?: unknown; files?: readonly SlackFile[]; unheard?: boolean }): SlackMessage {
    const { channel, user, text, threadTs, blocks, files = [] } = said;
    const message: SlackMessage = { channel, ts: this.nextTs(), user, text, files, blocks, reactions: [], ...(threadTs === undefined ? {} : { threadTs }) };
    this.messages.push(message);
    for (const file of files) file.shares.push({ channel, ts: message.ts });
    if (said.unheard === true) return message;
    const event = { ...this.render(message), ...this.#where(channel), ...(files.length > 0 ? { subtype: "file_share" } : {}), event_ts: message.ts };
    this.#tell({ ...event, type: "message" }, message.ts);
    // Whoever is mentioned in a channel hears of it twice.
    if (text.includes(`<@${BOT_USER_ID}>`) && this.places.get(channel)?.kind !== "im") {
      const { channel_type: _, subtype: __, ...mention } = event as Record<string, unknown>;
      this.#tell({ ...mention, type: "app_mention" }, message.ts);
    }
    return message;
  }

  /** `isUnfurled`: nobody changed a word of it, Slack put a picture of a link below. */
  edit(channel: string, ts: string, change: { text?: string; blocks?: unknown }, { isUnfurled = false }: { isUnfurled?: boolean } = {}): boolean {
    const message = this.find(channel, ts);
    if (message === undefined) return false;
    const previous = this.render(message);
    if (change.text !== undefined) message.text = change.text;
    if (change.blocks !== undefined) message.blocks = change.blocks;
    if (!isUnfurled) message.editedTs = this.nextTs();
    const now = this.nextTs();
    this.#tell({ type: "message", subtype: "message_changed", hidden: true, ...this.#where(channel), ts: now, event_ts: now, message: this.render(message), previous_message: previous }, ts);
    return true;
  }

  remove(channel: string, ts: string): boolean {
    const message = this.find(channel, ts);
    if (message === undefined) return false;
    this.messages.splice(this.messages.indexOf(message), 1);
    const now = this.nextTs();
    this.#tell({ type: "message", subtype: "message_deleted", hidden: true, ...this.#where(channel), ts: now, event_ts: now, deleted_ts: ts, previous_message: this.render(message) }, ts);
    return true;
  }

  react(reaction: { channel: string; ts: string; user: string; name: string; add: boolean }): "done" | "message_not_found" | "already_reacted" | "no_reaction" {
    const { channel, ts, user, name, add } = reaction;
    const message = this.find(channel, ts);
    if (message === undefined) return "message_not_found";
    const at = message.reactions.findIndex((one) => one.user === user && one.name === name);
    if (add === (at !== -1)) return add ? "already_reacted" : "no_reaction";
    if (add) message.reactions.push({ name, user });
    else message.reactions.splice(at, 1);
    this.#tell({ type: add ? "reaction_added" : "reaction_removed", user, reaction: name, item: { type: "message", channel, ts }, item_user: message.user, event_ts: this.nextTs() }, ts);
    return "done";
  }

  /** The assistant's pane is opened: from then on its thread shows a status. */
  openAssistant(user: string): { readonly channel: string; readonly threadTs: string } {
    const channel = this.directChat(user).id;
    const { ts } = this.post({ channel, user: BOT_USER_ID, text: "How can I help?", unheard: true });
    this.#tell({ type: "assistant_thread_started", assistant_thread: { user_id: user, channel_id: channel, thread_ts: ts, context: {} }, event_ts: ts }, ts);
    return { channel, threadTs: ts };
  }

  tell(event: SlackEvent, about = this.nextTs()): void {
    this.#tell(event, about);
  }

  /** A message as Slack's answers and events show it. */
  render(message: SlackMessage): Record<string, unknown> {
    const { ts, user, text, threadTs, blocks, files, editedTs, reactions } = message;
    const parent = threadTs === undefined ? undefined : this.find(message.channel, threadTs);
    const isBot = this.users.get(user)?.isBot === true;
    const counts = [...new Set(reactions.map(({ name }) => name))].map((name) => ({ name, users: reactions.filter((one) => one.name === name).map((one) => one.user) }));
    return {
      type: "message", user, text, ts, team: TEAM_ID,
      ...(isBot ? { bot_id: BOT_ID, app_id: "A0000HELP", bot_profile: { id: BOT_ID, name: "Helper" } } : {}),
      ...(threadTs === undefined ? {} : { thread_ts: threadTs, ...(parent === undefined ? {} : { parent_user_id: parent.user }) }),
      ...(blocks === undefined ? {} : { blocks }),
      ...(files.length === 0 ? {} : { files: files.map((file) => this.renderFile(file)) }),
      ...(editedTs === undefined ? {} : { edited: { user, ts: editedTs } }),
      ...(counts.length === 0 ? {} : { reactions: counts }),
    };
  }

  /** Where a file's bytes are is up to who serves them. */
  fileUrl: (file: SlackFile) => string = ({ id, name }) => `https://files.slack.com/files-pri/${TEAM_ID}-${id}/${name}`;

  renderFile(file: SlackFile): Record<string, unknown> {
    const { id, name, mimetype, bytes, shares } = file;
    const isPrivate = ({ channel }: { channel: string }): boolean => this.places.get(channel)?.kind !== "channel";
    const shown = (some: typeof shares): Record<string, unknown> => Object.fromEntries(some.map(({ channel, ts }) => [channel, [{ ts }]]));
    return {
      id, name, title: name, mimetype, mode: "hosted", size: bytes.length, is_external: false,
      url_private: this.fileUrl(file), url_private_download: this.fileUrl(file),
      shares: { private: shown(shares.filter(isPrivate)), public: shown(shares.filter((one) => !isPrivate(one))) },
    };
  }

  #where(channel: string): Record<string, unknown> {
    return { channel, channel_type: this.places.get(channel)?.kind ?? "channel" };
  }
}
