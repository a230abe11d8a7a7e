import { DEFAULT_CHANNEL, isKnownChannel } from "../../domain/messaging/channel-ids.js";
import { invalidRequest, unavailable, wireError, type ErrorShape } from "../../domain/protocol/errors.js";
import type { SessionEntry } from "../../domain/sessions/session.js";
import type { Channel, OutboundMessage, OutboundPoll, SendOutcome } from "../../ports/channel.js";

export type Delivered =
  | { readonly kind: "delivered"; readonly channel: string; readonly messageId: string; readonly chatId?: string; readonly pollId?: string }
  | { readonly kind: "refused"; readonly error: ErrorShape };

/** The way out through a channel, with each refusal in the gateway's own words. */
export class Delivery {
  readonly #channels: ReadonlyMap<string, Channel>;

  constructor(channels: readonly Channel[]) {
    this.#channels = new Map(channels.map((channel) => [channel.id, channel]));
  }

  find(id: string | undefined): Channel | ErrorShape {
    const wanted = id === undefined || id === "" ? DEFAULT_CHANNEL : id;
    const channel = this.#channels.get(wanted);
    if (channel) return channel;
    if (!isKnownChannel(wanted)) return invalidRequest(`unsupported channel: ${wanted.slice(0, 64)}`);
    const here = [...this.#channels.keys()].join(", ");
    return unavailable(`channel ${wanted} is not set up on this gateway (it has: ${here}); configure it under channels.${wanted}`);
  }

  async send(channelId: string | undefined, message: OutboundMessage): Promise<Delivered> {
    const channel = this.find(channelId);
    if ("code" in channel) return { kind: "refused", error: channel };
    if (message.mediaUrls.length > 0 && !channel.abilities.media) return { kind: "refused", error: invalidRequest(`channel ${channel.id} can't carry media`) };
    if (message.text === "" && message.mediaUrls.length === 0) return { kind: "refused", error: invalidRequest("invalid send params: message must not be empty") };
    return outcomeOf(channel, await channel.send(message));
  }

  async poll(channelId: string | undefined, poll: OutboundPoll): Promise<Delivered> {
    const channel = this.find(channelId);
    if ("code" in channel) return { kind: "refused", error: channel };
    if (!channel.abilities.polls) return { kind: "refused", error: invalidRequest(`channel ${channel.id} has no polls`) };
    return outcomeOf(channel, await channel.poll(poll));
  }
}

function outcomeOf(channel: Channel, outcome: SendOutcome): Delivered {
  if (outcome.kind === "delivered") {
    const { messageId, chatId, pollId } = outcome;
    return { kind: "delivered", channel: channel.id, messageId, ...(chatId === undefined ? {} : { chatId }), ...(pollId === undefined ? {} : { pollId }) };
  }
  switch (outcome.code) {
    case "not-linked":
      return { kind: "refused", error: wireError("NOT_LINKED", outcome.reason) };
    case "unknown-target":
    case "unsupported":
      return { kind: "refused", error: invalidRequest(outcome.reason) };
    case "unavailable":
      return { kind: "refused", error: unavailable(outcome.reason, { retryable: true }) };
  }
}

/** Where a session's answers go: what the request names, else where the session was last heard from. */
export function deliveryTarget(
  ask: { channel?: string | undefined; to?: string | undefined; accountId?: string | undefined },
  entry: SessionEntry | undefined,
): { readonly channel: string | undefined; readonly to: string | undefined; readonly accountId: string | undefined } {
  const channel = ask.channel === undefined || ask.channel === "last" ? entry?.lastChannel : ask.channel;
  const sameChannel = channel !== undefined && channel === entry?.lastChannel;
  return { channel, to: ask.to ?? (sameChannel ? entry?.lastTo : undefined), accountId: ask.accountId ?? (sameChannel ? entry?.lastAccountId : undefined) };
}
