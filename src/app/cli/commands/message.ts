import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { action, type Call } from "../action.js";
import type { ConnectionFlags } from "../flags.js";
import { CliFailure, usageFailure } from "../io.js";
import { cell } from "../output.js";

interface MessageFlags extends ConnectionFlags {
  readonly target: string;
  readonly channel?: string;
  readonly account?: string;
  readonly thread?: string;
  readonly message?: string;
  readonly media?: readonly string[];
  readonly replyTo?: string;
  readonly silent?: boolean;
  readonly button?: readonly string[];
  readonly messageId?: string;
  readonly emoji?: string;
  readonly remove?: boolean;
  readonly question?: string;
  readonly option?: readonly string[];
  readonly multi?: number;
  readonly durationHours?: number;
}

type MessageCall = Call<MessageFlags>;

/** As much as one request to a gateway may hold, in base64. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

const place = ({ target, channel, account, thread }: MessageFlags) => ({
  to: target,
  ...(channel === undefined ? {} : { channel }),
  ...(account === undefined ? {} : { accountId: account }),
  ...(thread === undefined ? {} : { threadId: thread }),
});

const newKey = (): string => globalThis.crypto.randomUUID();

const send = action(async ({ client, flags, timeoutMs }: MessageCall) => {
  if (flags.message === undefined && flags.media === undefined) throw usageFailure("Say what to send: --message, --media, or both.", []);
  const files = await readMedia(flags.media ?? []);
  const result = await client.call(
    "send",
    {
      ...place(flags),
      ...(flags.message === undefined ? {} : { message: flags.message }),
      ...files,
      ...(flags.replyTo === undefined ? {} : { replyToId: flags.replyTo }),
      ...(flags.silent === true ? { silent: true } : {}),
      ...(flags.button === undefined ? {} : { buttons: flags.button.map(readButton) }),
      idempotencyKey: newKey(),
    },
    { timeoutMs },
  );
  return { result, said: `Sent through ${cell(result.channel)}, message ${cell(result.messageId, 120)}.` };
});

/** "Yes", "Yes=confirm", "Docs=https://…": each a row of its own. */
function readButton(flag: string): { text: string; data?: string; url?: string }[] {
  const [, text = "", value] = /^([^=]*)(?:=(.*))?$/su.exec(flag) ?? [];
  if (text.trim() === "" || value === "") throw usageFailure("A button is a text, or a text, an equals sign, and what comes back or opens: --button \"Yes=confirm\".", []);
  const says = value ?? text;
  return [{ text, ...(/^https:\/\//iu.test(says) ? { url: says } : { data: says }) }];
}

/** Addresses are for the gateway to fetch; a path is a file of this host, and goes along. */
async function readMedia(media: readonly string[]): Promise<{ mediaUrls?: string[]; buffer?: string; filename?: string }> {
  const urls = media.filter((one) => /^(?:https?|data):/i.test(one));
  const paths = media.filter((one) => !urls.includes(one));
  if (paths.length > 1) throw usageFailure("One file of this host goes with a message; send the others by themselves.", []);
  const [path] = paths;
  const bytes = path === undefined ? undefined : await readFile(path).catch((cause: unknown) => {
    throw new CliFailure(`The file ${cell(path, 200)} cannot be read.`, { code: "UNREADABLE", cause });
  });
  if (bytes !== undefined && bytes.length > MAX_FILE_BYTES) throw new CliFailure("The file is larger than 16 MiB.", { code: "TOO_LARGE" });
  return {
    ...(urls.length === 0 ? {} : { mediaUrls: urls }),
    ...(bytes === undefined || path === undefined ? {} : { buffer: bytes.toString("base64"), filename: basename(path) }),
  };
}

const acting = (verb: string, act: (flags: MessageFlags) => { action: string; params: Record<string, unknown> }) =>
  action(async ({ client, flags, timeoutMs }: MessageCall) => {
    const { channel = "", account, target, thread } = flags;
    const { action: name, params } = act(flags);
    const result = await client.call(
      "message.action",
      {
        channel,
        action: name,
        params: { to: target, messageId: flags.messageId ?? "", ...(thread === undefined ? {} : { threadId: thread }), ...params },
        idempotencyKey: newKey(),
        ...(account === undefined ? {} : { accountId: account }),
      },
      { timeoutMs },
    );
    return { result, said: `${verb} message ${cell(flags.messageId, 120)}.` };
  });

const edit = acting("Changed", ({ message = "" }) => ({ action: "edit", params: { message } }));
const remove = acting("Deleted", () => ({ action: "delete", params: {} }));
const react = acting("Reacted to", ({ emoji = "", remove: isTakenBack }) => ({ action: "react", params: { emoji, ...(isTakenBack === true ? { remove: true } : {}) } }));

const poll = action(async ({ client, flags, timeoutMs }: MessageCall) => {
  const result = await client.call(
    "poll",
    {
      ...place(flags),
      question: flags.question ?? "",
      options: [...(flags.option ?? [])],
      ...(flags.multi === undefined ? {} : { maxSelections: flags.multi }),
      ...(flags.durationHours === undefined ? {} : { durationHours: flags.durationHours }),
      ...(flags.silent === true ? { silent: true } : {}),
      idempotencyKey: newKey(),
    },
    { timeoutMs },
  );
  return { result, said: `Asked through ${cell(result.channel)}, message ${cell(result.messageId, 120)}.` };
});

export const ACTIONS = { send, edit, delete: remove, react, poll };
