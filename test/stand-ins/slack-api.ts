import { faultOf } from "./slack-blocks.js";
import { BOT_ID, BOT_USER_ID, TEAM_ID, type SlackWorkspace } from "./slack-workspace.js";

/** The arguments of a call, as they come in a form: what has parts is JSON in a text. */
export type CallArguments = Readonly<Record<string, string>>;
export type CallResult = Readonly<Record<string, unknown>> & { readonly ok: boolean; readonly error?: string };

interface Upload {
  readonly name: string;
  readonly length: number;
  bytes?: Uint8Array;
}

const no = (error: string, more: Readonly<Record<string, unknown>> = {}): CallResult => ({ ok: false, error, ...more });

/** What the methods of Slack's Web API do to a workspace. Whoever calls is the app's bot. */
export class SlackMethods {
  readonly uploads = new Map<string, Upload>();
  /** Slack shares a file only after it has answered; so many looks of the app at it find nothing yet. */
  slowShares = 0;
  /** A workspace whose Slack does not know tables yet. */
  takesTables = true;
  #unshared = new Map<string, number>();
  readonly #workspace: SlackWorkspace;
  readonly #uploadUrl: (id: string) => string;

  constructor(workspace: SlackWorkspace, uploadUrl: (id: string) => string) {
    this.#workspace = workspace;
    this.#uploadUrl = uploadUrl;
  }

  run(method: string, args: CallArguments): CallResult {
    switch (method) {
      case "auth.test": return { ok: true, url: "https://work.slack.com/", team: "Work", user: "helper", team_id: TEAM_ID, user_id: BOT_USER_ID, bot_id: BOT_ID, is_enterprise_install: false };
      case "chat.postMessage": return this.#post(args);
      case "chat.update": return this.#update(args);
      case "chat.delete": return this.#workspace.remove(args["channel"] ?? "", args["ts"] ?? "") ? { ok: true, channel: args["channel"], ts: args["ts"] } : no("message_not_found");
      case "reactions.add":
      case "reactions.remove": return this.#react(args, method === "reactions.add");
      case "files.getUploadURLExternal": return this.#begin(args);
      case "files.completeUploadExternal": return this.#complete(args);
      case "files.info": return this.#fileInfo(args);
      case "conversations.open": return this.#workspace.users.has(args["users"] ?? "") ? { ok: true, channel: { id: this.#workspace.directChat(args["users"] ?? "").id } } : no("user_not_found");
      case "conversations.info": return this.#placeInfo(args);
      case "conversations.replies": return this.#replies(args);
      case "users.info": return this.#userInfo(args);
      case "assistant.threads.setStatus": return this.#setStatus(args);
      default: return no("unknown_method", { req_method: method });
    }
  }

  #closed(channel: string | undefined): CallResult | undefined {
    const place = this.#workspace.places.get(channel ?? "");
    if (place === undefined) return no("channel_not_found");
    return place.closedWith === undefined ? undefined : no(place.closedWith);
  }

  #post({ channel = "", text = "", thread_ts: threadTs, blocks }: CallArguments): CallResult {
    const closed = this.#closed(channel);
    if (closed !== undefined) return closed;
    if (text === "" && blocks === undefined) return no("no_text");
    if (text.length > 40_000) return no("msg_too_long");
    const invalid = this.#invalid(blocks);
    if (invalid !== undefined) return invalid;
    const message = this.#workspace.post({ channel, user: BOT_USER_ID, text, ...(threadTs === undefined ? {} : { threadTs }), ...(blocks === undefined ? {} : { blocks: JSON.parse(blocks) }) });
    return { ok: true, channel, ts: message.ts, message: this.#workspace.render(message) };
  }

  #update({ channel = "", ts = "", text, blocks }: CallArguments): CallResult {
    const message = this.#workspace.find(channel, ts);
    if (message === undefined) return no("message_not_found");
    if (message.user !== BOT_USER_ID) return no("cant_update_message");
    const invalid = this.#invalid(blocks);
    if (invalid !== undefined) return invalid;
    this.#workspace.edit(channel, ts, { ...(text === undefined ? {} : { text }), ...(blocks === undefined ? {} : { blocks: JSON.parse(blocks) }) });
    return { ok: true, channel, ts, text: message.text };
  }

  #invalid(blocks: string | undefined): CallResult | undefined {
    const parsed = blocks === undefined ? [] : (JSON.parse(blocks) as unknown[]);
    const fault = this.takesTables || !parsed.some((block) => (block as { type?: string }).type === "table") ? faultOf(parsed) : "unsupported type: table";
    return fault === undefined ? undefined : no("invalid_blocks", { response_metadata: { messages: [`[ERROR] ${fault}`] } });
  }

  #react({ channel = "", timestamp = "", name = "" }: CallArguments, add: boolean): CallResult {
    if (!/^[a-z0-9_+'-]+(?:::skin-tone-[2-6])?$/u.test(name) || name === "no_such_emoji") return no("invalid_name");
    const done = this.#workspace.react({ channel, ts: timestamp, user: BOT_USER_ID, name, add });
    return done === "done" ? { ok: true } : no(done);
  }

  #begin({ filename = "", length = "" }: CallArguments): CallResult {
    const id = this.#workspace.nextId("F");
    this.uploads.set(id, { name: filename, length: Number(length) });
    return { ok: true, upload_url: this.#uploadUrl(id), file_id: id };
  }

  #complete({ files = "[]", channel_id: channel = "", initial_comment: text = "", thread_ts: threadTs }: CallArguments): CallResult {
    const closed = this.#closed(channel);
    if (closed !== undefined) return closed;
    const named = JSON.parse(files) as { id: string; title?: string }[];
    const shared = named.map(({ id, title }) => {
      const upload = this.uploads.get(id);
      if (upload?.bytes === undefined) return undefined;
      const file = { id, name: title ?? upload.name, mimetype: upload.name.endsWith(".png") ? "image/png" : "application/octet-stream", bytes: upload.bytes, shares: [] };
      this.#workspace.files.set(id, file);
      this.#unshared.set(id, this.slowShares);
      return file;
    });
    if (shared.some((file) => file === undefined) || shared.length === 0) return no("file_not_found");
    this.#workspace.post({ channel, user: BOT_USER_ID, text, files: shared.flatMap((file) => file ?? []), ...(threadTs === undefined ? {} : { threadTs }) });
    // Only what the caller said is told here.
    return { ok: true, files: named };
  }

  #fileInfo({ file: id = "" }: CallArguments): CallResult {
    const file = this.#workspace.files.get(id);
    if (file === undefined) return no("file_not_found");
    const looks = this.#unshared.get(id) ?? 0;
    this.#unshared.set(id, looks - 1);
    return { ok: true, file: { ...this.#workspace.renderFile(file), ...(looks > 0 ? { shares: {} } : {}) } };
  }

  #placeInfo({ channel = "" }: CallArguments): CallResult {
    const place = this.#workspace.places.get(channel);
    if (place === undefined) return no("channel_not_found");
    return { ok: true, channel: { id: place.id, name: place.name, is_im: place.kind === "im", is_mpim: place.kind === "mpim", is_private: place.kind !== "channel", is_channel: place.kind === "channel" } };
  }

  #replies({ channel = "", ts = "" }: CallArguments): CallResult {
    const found = this.#workspace.messages.filter((message) => message.channel === channel && (message.ts === ts || message.threadTs === ts));
    return found.length === 0 ? no("thread_not_found") : { ok: true, messages: found.map((message) => this.#workspace.render(message)), has_more: false };
  }

  #userInfo({ user: id = "" }: CallArguments): CallResult {
    const user = this.#workspace.users.get(id);
    if (user === undefined) return no("user_not_found");
    const { name, realName, displayName = "", isBot = false } = user;
    return { ok: true, user: { id, name, real_name: realName, is_bot: isBot, profile: { display_name: displayName, real_name: realName } } };
  }

  #setStatus({ channel_id: channel = "", thread_ts: threadTs = "", status = "" }: CallArguments): CallResult {
    if (this.#workspace.find(channel, threadTs) === undefined) return no("invalid_thread_ts");
    this.#workspace.statuses.push({ channel, threadTs, status });
    return { ok: true };
  }
}
