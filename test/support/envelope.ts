import type { Chat, Envelope, EnvelopeBody, Sender } from "../../src/domain/messaging/envelope.js";
import { epochMs } from "../../src/domain/moment.js";

export const SENT_AT = epochMs(1_790_000_000_000);

export interface EnvelopeChange {
  readonly channel?: string;
  readonly accountId?: string;
  readonly chat?: Partial<Chat>;
  readonly sender?: Partial<Sender>;
  readonly body?: EnvelopeBody;
  readonly messageId?: string;
  readonly sentAt?: Envelope["sentAt"];
}

export const said = (text: string, change: Partial<Extract<EnvelopeBody, { kind: "message" }>> = {}): EnvelopeBody => ({ kind: "message", text, media: [], addressed: false, ...change });

/** A direct message of Anna, 777, to a Telegram account, with what a test changes. */
export function envelope(change: EnvelopeChange = {}): Envelope {
  const messageId = change.messageId ?? "m1";
  const chat: Chat = { id: "777", kind: "direct", ...change.chat };
  return {
    channel: change.channel ?? "telegram",
    accountId: change.accountId ?? "default",
    key: `${chat.id}/${messageId}`,
    messageId,
    chat,
    sender: { id: "777", name: "Anna", isBot: false, isSelf: false, ...change.sender },
    sentAt: change.sentAt ?? SENT_AT,
    body: change.body ?? said("hello"),
  };
}

/** The same, said in a group. */
export const inGroup = (change: EnvelopeChange = {}): Envelope => envelope({ ...change, chat: { id: "-100", kind: "group", ...change.chat } });
