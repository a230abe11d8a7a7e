import { DEFAULT_CHANNEL, isKnownChannel } from "../../domain/messaging/channel-ids.js";
import { invalidRequest, unavailable, type ErrorShape } from "../../domain/protocol/errors.js";
import type { Channel } from "../../ports/channel.js";

/** Names one account of one channel. */
export interface AccountName {
  readonly channel: string;
  readonly accountId: string;
}

export const accountKey = ({ channel, accountId }: AccountName): string => JSON.stringify([channel, accountId]);
export const nameOf = (channel: Channel): AccountName => ({ channel: channel.id, accountId: channel.accountId });

/** The channels of this gateway, by id and account. The first account of a channel is its default. */
export class ChannelBook {
  #accounts: ReadonlyMap<string, Channel> = new Map();
  #byChannel: ReadonlyMap<string, readonly Channel[]> = new Map();

  /** Throws for two that have one name: they would take each other's messages. */
  constructor(channels: readonly Channel[]) {
    this.replace(channels);
  }

  /** From now on it is these. Throws as the constructor does, and then nothing has changed. */
  replace(channels: readonly Channel[]): void {
    const accounts = new Map<string, Channel>();
    const byChannel = new Map<string, readonly Channel[]>();
    for (const channel of channels) {
      const key = accountKey(nameOf(channel));
      if (accounts.has(key)) throw new Error(`two channels are called ${channel.id}/${channel.accountId}; give each account an id of its own`);
      accounts.set(key, channel);
      byChannel.set(channel.id, [...(byChannel.get(channel.id) ?? []), channel]);
    }
    this.#accounts = accounts;
    this.#byChannel = byChannel;
  }

  all(): Iterable<Channel> {
    return this.#accounts.values();
  }

  ids(): readonly string[] {
    return [...this.#byChannel.keys()];
  }

  accounts(channelId: string): readonly Channel[] {
    return this.#byChannel.get(channelId) ?? [];
  }

  get(name: AccountName): Channel | undefined {
    return this.#accounts.get(accountKey(name));
  }

  /** The account that a request means, with a refusal that says which there are. */
  find(id: string | undefined, accountId?: string): Channel | ErrorShape {
    const wanted = id === undefined || id === "" ? DEFAULT_CHANNEL : id;
    const accounts = this.accounts(wanted);
    const [first] = accounts;
    if (first === undefined) {
      if (!isKnownChannel(wanted)) return invalidRequest(`unsupported channel: ${wanted.slice(0, 64)}`);
      return unavailable(`channel ${wanted} is not set up on this gateway (it has: ${this.ids().join(", ")}); configure it under channels.${wanted}`);
    }
    if (accountId === undefined || accountId === "") return first;
    const found = accounts.find((channel) => channel.accountId === accountId);
    return found ?? invalidRequest(`channel ${wanted} has no account "${accountId.slice(0, 64)}" (it has: ${accounts.map((account) => account.accountId).join(", ")})`);
  }
}
