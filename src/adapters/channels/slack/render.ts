import type { Button, OutboundPart, RenderedText, Target } from "../../../domain/messaging/outbound.js";
import { isTimestamp } from "./fields.js";
import { renderTable } from "./table.js";

/** A call of Slack's API: flat values, and lists that the SDK turns into JSON. */
export type Arguments = Readonly<Record<string, unknown>>;
export type TextBody = Extract<OutboundPart["body"], { kind: "text" }>;

const MAX_BLOCKS = 50;
const MAX_SECTION = 3_000;
const MAX_BUTTONS_IN_ROW = 25;
const MAX_LABEL = 75;
const FENCE = "```";

/** The thread that a message goes to. What was answered may be something that leaves no message, such as a slash command. */
export const threadFor = ({ threadId }: Target, { replyTo }: OutboundPart): string | undefined => threadId ?? (isTimestamp(replyTo) ? replyTo : undefined);

export const renderPost = (chatId: string, body: TextBody, threadId: string | undefined): Arguments => ({
  channel: chatId,
  text: body.text.text,
  ...(hasBlocks(body) ? { blocks: renderBlocks(body) } : {}),
  ...(threadId === undefined ? {} : { thread_ts: threadId }),
  // The text is rendered already: Slack must neither find names in it nor fetch what it links to.
  parse: "none",
  link_names: false,
  unfurl_links: false,
  unfurl_media: false,
});

/** An edit without blocks would keep those of the message, and with them its old text. */
export const renderUpdate = (chatId: string, messageId: string, body: TextBody): Arguments => ({
  channel: chatId,
  ts: messageId,
  text: body.text.text,
  blocks: hasBlocks(body) ? renderBlocks(body) : [],
  parse: "none",
  link_names: false,
});

export const renderShare = (share: { fileId: string; title: string; chatId: string; caption: RenderedText | undefined; threadId: string | undefined }): Arguments => ({
  files: [{ id: share.fileId, title: share.title }],
  channel_id: share.chatId,
  ...(share.caption === undefined || share.caption.text === "" ? {} : { initial_comment: share.caption.text }),
  ...(share.threadId === undefined ? {} : { thread_ts: share.threadId }),
});

const hasBlocks = ({ layout, buttons = [] }: TextBody): boolean => layout !== undefined || buttons.some((row) => row.length > 0);

/** More than Slack shows in one message. */
export const isTooMuch = (body: TextBody): boolean => hasBlocks(body) && renderBlocks(body).length > MAX_BLOCKS;

/** For a workspace whose Slack takes no table: everything as text. */
export const withoutTable = ({ layout: _, ...body }: TextBody): TextBody => body;

/** Where there are blocks, Slack shows these alone; the text beside them is for notifications. */
const renderBlocks = ({ text, layout = [{ kind: "text", text: text.text }], buttons = [] }: TextBody): readonly unknown[] => [
  ...layout.flatMap((piece) => (piece.kind === "table" ? [renderTable(piece)] : splitSections(piece.text).map((section) => ({ type: "section", text: { type: "mrkdwn", text: section } })))),
  ...buttons.flatMap(broken).map((row, at) => ({ type: "actions", block_id: `row-${at}`, elements: row.map(renderButton) })),
];

/** A row that is longer than Slack's, as several. */
const broken = (row: readonly Button[]): readonly (readonly Button[])[] =>
  Array.from({ length: Math.ceil(row.length / MAX_BUTTONS_IN_ROW) }, (_, nth) => row.slice(nth * MAX_BUTTONS_IN_ROW, (nth + 1) * MAX_BUTTONS_IN_ROW));

const renderButton = ({ label, data, url }: Button, at: number): unknown => ({
  type: "button",
  action_id: `button-${at}`,
  text: { type: "plain_text", text: label.length > MAX_LABEL ? `${label.slice(0, MAX_LABEL - 1)}\u2026` : label },
  ...(data === undefined ? {} : { value: data }),
  ...(url === undefined ? {} : { url }),
});

/** A section holds less than a message: cut at the end of a line where there is one, and code stays code on both sides of the cut. */
export function splitSections(text: string): readonly string[] {
  const sections: string[] = [];
  let rest = text;
  while (rest.length > MAX_SECTION) {
    const room = MAX_SECTION - FENCE.length - 1;
    const line = rest.lastIndexOf("\n", room);
    const at = line > room / 2 ? line : room - (isHighSurrogate(rest, room - 1) ? 1 : 0);
    const head = rest.slice(0, at);
    const tail = rest.slice(line > room / 2 ? at + 1 : at);
    const isInCode = head.split(FENCE).length % 2 === 0;
    sections.push(isInCode ? `${head}\n${FENCE}` : head);
    rest = isInCode ? `${FENCE}\n${tail}` : tail;
  }
  return rest === "" ? sections : [...sections, rest];
}

const isHighSurrogate = (text: string, at: number): boolean => /[\ud800-\udbff]/u.test(text.charAt(at));
