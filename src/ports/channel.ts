/** What a channel can do, as data: an ability that is missing here is refused before the channel is asked. */
export interface ChannelAbilities {
  /** Longest text of one message and the unit it is counted in. */
  readonly text: { readonly limit: number; readonly unit: "utf16" | "bytes" | "codepoints" };
  readonly media: boolean;
  readonly polls: boolean;
}

export interface OutboundMessage {
  readonly to: string;
  readonly text: string;
  readonly mediaUrls: readonly string[];
  readonly accountId?: string;
  readonly idempotencyKey: string;
}

export interface OutboundPoll {
  readonly to: string;
  readonly question: string;
  readonly options: readonly string[];
  readonly maxSelections: number;
  readonly durationHours?: number;
  readonly accountId?: string;
  readonly idempotencyKey: string;
}

export type SendOutcome =
  | { readonly kind: "delivered"; readonly messageId: string; readonly chatId?: string; readonly pollId?: string }
  /** `reason` is a whole sentence for the operator, free of message text. */
  | { readonly kind: "refused"; readonly code: "not-linked" | "unknown-target" | "unsupported" | "unavailable"; readonly reason: string };

export interface ChannelStatus {
  readonly state: "idle" | "connecting" | "live" | "degraded" | "needs-operator";
  readonly reason?: string;
}

/** A messaging surface that messages can be sent to. */
export interface Channel {
  readonly id: string;
  readonly label: string;
  readonly abilities: ChannelAbilities;
  send(message: OutboundMessage): Promise<SendOutcome>;
  poll(poll: OutboundPoll): Promise<SendOutcome>;
  status(): ChannelStatus;
}
