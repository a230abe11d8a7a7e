import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import type { ActionOutcome, MessageRef, OutboundPart, Receipt, Refused, Target } from "../../../domain/messaging/outbound.js";
import { after } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost } from "../../../ports/channel.js";
import type { Answer, SlackApi } from "./client.js";
import { emojiName } from "./emoji.js";
import { judgeAction, judgeSend, type CallFailure } from "./failure.js";
import { fieldsOf, isTimestamp, listOf, textOf, timestampOf } from "./fields.js";
import type { SlackFiles } from "./files.js";
import { isTooMuch, renderPost, renderShare, renderUpdate, threadFor, withoutTable, type Arguments, type TextBody } from "./render.js";
import { isDirectId, isUserId } from "./target.js";

const MAX_KNOWN = 1_000;
/** A file is posted behind the back of whoever shared it: how often to look for the message, and how long between. */
const SHARE_LOOKS = 4;
const SHARE_MS = 500;
const STATUS = "is typing\u2026";

export interface PostingOptions {
  readonly api: SlackApi;
  readonly files: SlackFiles;
  readonly host: ChannelHost;
  /** Hears of every call that failed. */
  notice(failure: CallFailure): void;
}

interface Act {
  readonly method: string;
  readonly args: (chatId: string) => Arguments;
  /** What to try where Slack refuses the form of that. */
  readonly plainly?: (chatId: string) => Arguments;
  /** The refusal which says that it is done already. */
  readonly asDone?: string;
  readonly cancel?: Cancel;
}

type Resolved = { readonly kind: "chat"; readonly chatId: string } | { readonly kind: "failed"; readonly failure: CallFailure };

/** What goes out to Slack. */
export class SlackPosting {
  readonly #options: PostingOptions;
  /** The direct chat with a person, by the person's id. */
  readonly #directChats = new AgeOrderedMap<string>(MAX_KNOWN);
  /** Chats that show no status: asked once, never again. */
  readonly #withoutStatus = new AgeOrderedMap<true>(MAX_KNOWN);

  constructor(options: PostingOptions) {
    this.#options = options;
  }

  async send(to: Target, part: OutboundPart, cancel: Cancel): Promise<Receipt> {
    const { body } = part;
    if (body.kind === "poll") return unsupported("Slack has no polls: ask with buttons, or in words.");
    if (body.kind === "text" && isTooMuch(body)) return TOO_MUCH;
    const resolved = await this.#chatOf(to.chatId, cancel);
    if (resolved.kind === "failed") return asNothingSent(judgeSend(resolved.failure, "account"));
    const threadId = threadFor(to, part);
    const { chatId } = resolved;
    const sent = body.kind === "text"
      ? await this.#post(body, { chatId, ...(threadId === undefined ? {} : { threadId }) }, cancel)
      : await this.#share(body, { chatId, ...(threadId === undefined ? {} : { threadId }) }, cancel);
    if (sent.kind !== "delivered" && sent.kind !== "accepted") return sent;
    return { ...sent, ...(chatId === to.chatId ? {} : { chatId }), ...(threadId === undefined || threadId === to.threadId ? {} : { threadId }) };
  }

  async edit({ chatId, messageId }: MessageRef, { body }: OutboundPart, cancel: Cancel): Promise<ActionOutcome> {
    if (body.kind !== "text") return unsupported("Slack can change the text of a message only.");
    if (isTooMuch(body)) return TOO_MUCH;
    const again = body.layout === undefined ? {} : { plainly: (id: string) => renderUpdate(id, messageId, withoutTable(body)) };
    return this.#act(chatId, messageId, { method: "chat.update", cancel, args: (id) => renderUpdate(id, messageId, body), ...again });
  }

  /** A message that is gone already is what was asked for. */
  remove({ chatId, messageId }: MessageRef): Promise<ActionOutcome> {
    return this.#act(chatId, messageId, { method: "chat.delete", asDone: "message_not_found", args: (id) => ({ channel: id, ts: messageId }) });
  }

  async react({ chatId, messageId }: MessageRef, emoji: string, add: boolean): Promise<ActionOutcome> {
    const name = emojiName(emoji);
    if (name === undefined) {
      return { kind: "refused", code: "invalid", reason: "The gateway does not know Slack's name for this emoji: give its name instead, such as \":tada:\"." };
    }
    const args = (id: string): Arguments => ({ channel: id, timestamp: messageId, name });
    return this.#act(chatId, messageId, add ? { method: "reactions.add", asDone: "already_reacted", args } : { method: "reactions.remove", asDone: "no_reaction", args });
  }

  /** Slack shows a status in the threads that people have with the app alone, and there only where the app is set up for it. */
  async typing({ chatId, threadId }: Target, on: boolean): Promise<void> {
    if (!isDirectId(chatId) || threadId === undefined || this.#withoutStatus.get(chatId) !== undefined) return;
    const answer = await this.#call("assistant.threads.setStatus", { channel_id: chatId, thread_ts: threadId, status: on ? STATUS : "" });
    if (answer.kind === "refused") this.#withoutStatus.set(chatId, true);
  }

  async #chatOf(id: string, cancel?: Cancel): Promise<Resolved> {
    if (!isUserId(id)) return { kind: "chat", chatId: id };
    const known = this.#directChats.get(id);
    if (known !== undefined) return { kind: "chat", chatId: known };
    const answer = await this.#call("conversations.open", { users: id }, cancel);
    if (answer.kind !== "ok") return { kind: "failed", failure: answer };
    const chatId = textOf(fieldsOf(answer.data["channel"])?.["id"]);
    if (chatId === undefined) return { kind: "failed", failure: { kind: "broken" } };
    this.#directChats.set(id, chatId);
    return { kind: "chat", chatId };
  }

  async #post(body: TextBody, { chatId, threadId }: Target, cancel: Cancel): Promise<Receipt> {
    const first = await this.#call("chat.postMessage", renderPost(chatId, body, threadId), cancel);
    // Refused, so nothing of it is shown: once more as what every workspace takes.
    const answer = body.layout !== undefined && isRefusedForm(first) ? await this.#call("chat.postMessage", renderPost(chatId, withoutTable(body), threadId), cancel) : first;
    if (answer.kind !== "ok") return judgeSend(answer, "chat");
    const messageId = timestampOf(answer.data["ts"]);
    return messageId === undefined ? judgeSend({ kind: "broken" }, "chat") : { kind: "delivered", messageId };
  }

  /** Three steps, of which only the last one shows anything to anybody. */
  async #share({ media, caption }: Extract<OutboundPart["body"], { kind: "media" }>, { chatId, threadId }: Target, cancel: Cancel): Promise<Receipt> {
    const title = media.fileName === "" ? media.kind : media.fileName;
    const begun = await this.#call("files.getUploadURLExternal", { filename: title, length: media.bytes }, cancel);
    if (begun.kind !== "ok") return asNothingSent(judgeSend(begun, "account"));
    const url = textOf(begun.data["upload_url"]);
    const fileId = textOf(begun.data["file_id"]);
    if (url === undefined || fileId === undefined) return asNothingSent(judgeSend({ kind: "broken" }, "account"));
    const { files, host } = this.#options;
    const uploaded = await files.upload(url, { media, bytes: host.openMedia(media), cancel });
    if (uploaded.kind === "untrusted") return { kind: "refused", code: "forbidden", reason: "The address for the upload lies outside of Slack, where the gateway takes no files: check channels.slack.apiUrl." };
    if (uploaded.kind === "unreadable") return { kind: "refused", code: "invalid", reason: "The file can't be read any more: attach it anew." };
    if (uploaded.kind !== "done") return asNothingSent(judgeSend(uploaded, "account"));
    const shared = await this.#call("files.completeUploadExternal", renderShare({ fileId, title, chatId, caption, threadId }), cancel);
    if (shared.kind !== "ok") return judgeSend(shared, "chat");
    const messageId = await this.#messageOf(fileId, { chatId, file: listOf(shared.data["files"])[0], cancel });
    return messageId === undefined ? { kind: "accepted", messageId: fileId } : { kind: "delivered", messageId };
  }

  /** Slack shares a file after it has answered, so that the message has to be looked for. */
  async #messageOf(fileId: string, { chatId, file, cancel }: { chatId: string; file: unknown; cancel: Cancel }): Promise<string | undefined> {
    let found = shareIn(file, chatId);
    for (let look = 0; found === undefined && look < SHARE_LOOKS && !cancel.aborted; look += 1) {
      if (look > 0) await this.#wait(SHARE_MS * look, cancel);
      const answer = await this.#call("files.info", { file: fileId }, cancel);
      if (answer.kind !== "ok") return undefined;
      found = shareIn(answer.data["file"], chatId);
    }
    return found;
  }

  #wait(ms: number, cancel: Cancel): Promise<void> {
    const { clock } = this.#options.host;
    const flight = this.#options.api.take(cancel);
    return new Promise((resolve) => {
      const wake = (): void => {
        disarm();
        flight.signal.removeEventListener("abort", wake);
        flight.end();
        resolve();
      };
      const disarm = clock.callAt(after(clock.now(), ms), wake);
      flight.signal.addEventListener("abort", wake);
      if (flight.signal.aborted) wake();
    });
  }

  async #act(chatId: string, messageId: string, { method, args, plainly, asDone, cancel }: Act): Promise<ActionOutcome> {
    if (!isTimestamp(messageId)) return { kind: "refused", code: "unknown-target", reason: "Slack has no message for this: commands and files that are still on their way have none." };
    const resolved = await this.#chatOf(chatId, cancel);
    if (resolved.kind === "failed") return judgeAction(resolved.failure);
    const first = await this.#call(method, args(resolved.chatId), cancel);
    const answer = plainly !== undefined && isRefusedForm(first) ? await this.#call(method, plainly(resolved.chatId), cancel) : first;
    if (answer.kind === "ok" || (answer.kind === "refused" && answer.error === asDone)) return { kind: "done" };
    return judgeAction(answer);
  }

  async #call(method: string, args: Arguments, cancel?: Cancel): Promise<Answer> {
    const answer = await this.#options.api.call(method, args, cancel);
    if (answer.kind !== "ok") this.#options.notice(answer);
    return answer;
  }
}

const TOO_MUCH: Refused = { kind: "refused", code: "invalid", reason: "Slack shows at most 50 blocks in a message, and each row of buttons is one; use fewer." };

const isRefusedForm = (answer: Answer): boolean => answer.kind === "refused" && /^invalid_(?:blocks|attachments)|only_one_table/u.test(answer.error);

const unsupported = (reason: string): Refused => ({ kind: "refused", code: "unsupported", reason });

/** Before the message itself was asked for, an answer that is missing leaves nothing in doubt. */
const asNothingSent = (receipt: Receipt): Receipt => (receipt.kind === "unknown" ? { kind: "later", reason: receipt.reason, scope: "message" } : receipt);

/** The message by which a file was shared in a chat. */
const shareIn = (file: unknown, chatId: string): string | undefined => {
  const shares = fieldsOf(fieldsOf(file)?.["shares"]) ?? {};
  return Object.values(shares).flatMap((share) => timestampOf(listOf(fieldsOf(share)?.[chatId])[0]?.["ts"]) ?? [])[0];
};
