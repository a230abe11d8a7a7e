import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import type { Chat } from "../../../domain/messaging/envelope.js";
import type { ApiRequest, CallOutcome } from "./client.js";
import { countOf, fieldsOf, idOf, lineOf, listOf, type Fields } from "./fields.js";

const MAX_CHANNELS = 5_000;
const MAX_ROLES = 1_000;

const CHANNEL_TYPE = { direct: 1, group: 3 } as const;
const THREAD_TYPES: readonly (number | undefined)[] = [10, 11, 12];

interface KnownChannel {
  readonly type: number;
  readonly name?: string;
  readonly parentId?: string;
  readonly guildId?: string;
}

export type Finding = { readonly kind: "found"; readonly chat: Chat } | { readonly kind: "unreached" };

/** Which channel is what: as Discord tells when the bot connects, and asked for one by one where it did not. */
export class Directory {
  readonly #channels = new AgeOrderedMap<KnownChannel>(MAX_CHANNELS);
  /** In each guild a bot has a role of its own, by which it can be mentioned as well. */
  readonly #roles = new AgeOrderedMap<string>(MAX_ROLES);

  /** Takes in what a packet says about channels and roles. */
  learn(type: string, data: Fields, botId: string): void {
    const guildId = type === "GUILD_CREATE" ? idOf(data["id"]) : idOf(data["guild_id"]);
    switch (type) {
      case "GUILD_CREATE":
        for (const role of listOf(data["roles"])) this.#learnRole(guildId, role, botId);
        for (const channel of [...listOf(data["channels"]), ...listOf(data["threads"])]) this.#learnChannel(channel, guildId);
        return;
      case "CHANNEL_CREATE": case "CHANNEL_UPDATE": case "THREAD_CREATE": case "THREAD_UPDATE":
        return this.#learnChannel(data, guildId);
      case "CHANNEL_DELETE": case "THREAD_DELETE":
        this.#channels.delete(idOf(data["id"]) ?? "");
        return;
      case "THREAD_LIST_SYNC":
        for (const thread of listOf(data["threads"])) this.#learnChannel(thread, guildId);
        return;
      case "GUILD_ROLE_CREATE": case "GUILD_ROLE_UPDATE":
        return this.#learnRole(guildId, fieldsOf(data["role"]) ?? {}, botId);
      case "INTERACTION_CREATE":
        return this.#learnChannel(fieldsOf(data["channel"]) ?? {}, guildId);
      case "MESSAGE_CREATE": case "MESSAGE_UPDATE": case "MESSAGE_REACTION_ADD": case "MESSAGE_REACTION_REMOVE":
        // Bots are in no group chats: what is in no guild is between the two of them.
        if (guildId === undefined && this.#channels.get(idOf(data["channel_id"]) ?? "") === undefined) this.#learnChannel({ id: data["channel_id"], type: CHANNEL_TYPE.direct }, undefined);
        return;
      default:
        return;
    }
  }

  nameOf(channelId: string): string | undefined {
    return this.#channels.get(channelId)?.name;
  }

  roleIn(guildId: string | undefined): string | undefined {
    return guildId === undefined ? undefined : this.#roles.get(guildId);
  }

  /** Where a channel is. `unreached` where Discord has to be asked and could not be; one that it does not show is a room. */
  async find(channelId: string, ask: (request: ApiRequest) => Promise<CallOutcome>): Promise<Finding> {
    const known = this.#channels.get(channelId);
    if (known !== undefined) return { kind: "found", chat: this.#chatOf(channelId, known) };
    const outcome = await ask({ method: "GET", route: `/channels/${channelId}` });
    if (outcome.kind === "ok") this.#learnChannel({ ...fieldsOf(outcome.result), id: channelId }, undefined);
    else if (outcome.kind !== "answered" || outcome.status >= 500 || outcome.status === 401) return { kind: "unreached" };
    const found = this.#channels.get(channelId);
    return { kind: "found", chat: found === undefined ? { id: channelId, kind: "room" } : this.#chatOf(channelId, found) };
  }

  #chatOf(id: string, { type, name, parentId, guildId }: KnownChannel): Chat {
    const isThread = THREAD_TYPES.includes(type) && parentId !== undefined;
    const title = isThread ? (this.nameOf(parentId) ?? name) : name;
    return {
      id: isThread ? parentId : id,
      kind: type === CHANNEL_TYPE.direct ? "direct" : type === CHANNEL_TYPE.group ? "group" : "room",
      ...(title === undefined ? {} : { title }),
      ...(isThread ? { threadId: id } : {}),
      ...(guildId === undefined ? {} : { spaceId: guildId }),
    };
  }

  #learnChannel(channel: Fields, inGuild: string | undefined): void {
    const id = idOf(channel["id"]);
    const type = countOf(channel["type"]);
    if (id === undefined || type === undefined) return;
    const before = this.#channels.get(id);
    const name = lineOf(channel["name"]) ?? before?.name;
    const parentId = idOf(channel["parent_id"]) ?? before?.parentId;
    const guildId = idOf(channel["guild_id"]) ?? inGuild ?? before?.guildId;
    this.#channels.set(id, {
      type,
      ...(name === undefined ? {} : { name }),
      ...(parentId === undefined ? {} : { parentId }),
      ...(guildId === undefined ? {} : { guildId }),
    });
  }

  #learnRole(guildId: string | undefined, role: Fields, botId: string): void {
    const id = idOf(role["id"]);
    if (guildId === undefined || id === undefined || idOf(fieldsOf(role["tags"])?.["bot_id"]) !== botId) return;
    this.#roles.set(guildId, id);
  }
}
