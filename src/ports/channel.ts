import type { ChannelAbilities } from "../domain/messaging/abilities.js";
import type { ChannelStatus, ChannelTrouble } from "../domain/messaging/channel-status.js";
import type { Envelope, MediaRef } from "../domain/messaging/envelope.js";
import type { ActionOutcome, MessageRef, OutboundPart, Receipt, Refused, StoredMedia, Target } from "../domain/messaging/outbound.js";
import type { EpochMs } from "../domain/moment.js";
import type { Cancel } from "./cancel.js";
import type { Clock } from "./clock.js";
import type { Log } from "./log.js";

/** What the gateway gives a channel to live in. */
export interface ChannelHost {
  readonly clock: Clock;
  readonly log: Log;
  /** At least 0 and below 1, for jitter. */
  random(): number;
  /**
   * Takes over what a provider told. Resolved, it is on disk or was before, and the provider may be told so; rejected,
   * it is not, and the provider must keep it. Never awaits an answer.
   */
  accept(envelope: Envelope): Promise<"stored" | "duplicate">;
  /** Every change of state, as it happens. */
  report(status: ChannelStatus): void;
  /** A sign that the way in works: a poll that returned, a pong, a frame. Silence for long means a deaf channel. */
  heard(): void;
  /** What this account must remember over restarts, such as a cursor; each value at most 64 KiB. Durable once resolved. */
  recall(name: string): Promise<string | undefined>;
  remember(name: string, value: string | undefined): Promise<void>;
  /** The bytes of a file that goes out. */
  openMedia(media: StoredMedia): AsyncIterable<Uint8Array>;
}

export interface SendAttempt {
  /** The same in every attempt at the same part. A provider that can tell repeats apart is given it. */
  readonly key: string;
  readonly cancel: Cancel;
}

/** A file of a message as it comes in. The stream throws where it outgrows what was asked for: nobody keeps half a file. */
export type FetchedMedia =
  | { readonly kind: "media"; readonly mimeType?: string; readonly fileName?: string; readonly bytes: AsyncIterable<Uint8Array> }
  | { readonly kind: "too-large" }
  | Refused;

export type ProbeOutcome =
  | { readonly kind: "ok"; readonly latencyMs: number; readonly identity?: { readonly id: string; readonly name?: string } }
  | { readonly kind: "failed"; readonly trouble: ChannelTrouble; readonly reason: string };

/** A step of linking an account. The last one is `linked` or `refused`. */
export type LoginStep =
  /** To be shown as a QR code, until the next one. */
  | { readonly kind: "qr"; readonly text: string; readonly expiresAt?: EpochMs }
  /** To be typed on the phone. */
  | { readonly kind: "code"; readonly code: string }
  | { readonly kind: "linked"; readonly message: string }
  | Refused;

export interface LoginRequest {
  /** Link anew where it is linked already. */
  readonly force: boolean;
  /** Link by a code for this number rather than by QR. */
  readonly phoneNumber?: string;
}

/** A request of a provider that calls the gateway, its body read up to the channel's cap. */
export interface WebhookRequest {
  readonly method: string;
  /** Lower-case names. Of a repeated header the first. */
  readonly headers: Readonly<Record<string, string>>;
  /** The path's query, without `?`. */
  readonly query: string;
  readonly body: Uint8Array;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Where a provider calls. Absent where the channel is not configured to be called. */
export interface Webhook {
  /** Beginning with a slash. */
  readonly path: string;
  readonly maxBytes: number;
  /** Never rejects. */
  handle(request: WebhookRequest): Promise<WebhookAnswer>;
}

/** One account on one messaging surface. Nothing it meets outside becomes an exception for the gateway. */
export interface Channel {
  readonly id: string;
  readonly accountId: string;
  readonly label: string;
  /** As they are now: what a provider offers may come and go while the channel runs. */
  readonly abilities: ChannelAbilities;
  readonly webhook?: Webhook;
  /** Begins to connect, and goes on trying by itself until {@link stop}. Resolves at once: how it goes is in {@link status}. */
  start(host: ChannelHost): Promise<void>;
  /** Leaves, within the deadline. Afterwards it is silent: no socket, no timer, no call to its host. May be started again. */
  stop(deadline: EpochMs): Promise<void>;
  status(): ChannelStatus;
  /** How people write an address of this platform (`@name`, `123`, `user:U1`, a link) as a target; `undefined` for text that is none. No network. */
  parseTarget(text: string): Target | undefined;
  /** One message. Never repeats by itself what may have arrived. */
  send(to: Target, part: OutboundPart, attempt: SendAttempt): Promise<Receipt>;
  edit(message: MessageRef, part: OutboundPart, attempt: SendAttempt): Promise<ActionOutcome>;
  remove(message: MessageRef): Promise<ActionOutcome>;
  /** Adds (or takes back) a reaction of this account. */
  react(message: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome>;
  /** Shows for a while that an answer is under way. Without effect where the platform has nothing like it. */
  typing(to: Target, on: boolean): Promise<void>;
  markRead(message: MessageRef): Promise<void>;
  fetchMedia(media: MediaRef, maxBytes: number): Promise<FetchedMedia>;
  /** Asks the provider whether the credentials work, now. */
  probe(cancel: Cancel): Promise<ProbeOutcome>;
  /** Links the account; ends with `refused` where it is linked by configuration. Leaving the loop gives up. */
  login(request: LoginRequest): AsyncIterable<LoginStep>;
  /** Unlinks the account and forgets its credentials here; `cleared: false` where these are in the configuration. */
  logout(): Promise<{ readonly cleared: boolean; readonly loggedOut: boolean; readonly reason?: string }>;
}
