import type { Dialect, TextUnit } from "../abilities.js";
import type { Block } from "../markdown/tree.js";
import type { RenderedText } from "../outbound.js";
import { writeBlocks } from "./block-writer.js";
import { DISCORD_MARKDOWN } from "./discord-markdown.js";
import type { Form } from "./form.js";
import { MARKDOWN } from "./markdown.js";
import { lengthIn } from "./measure.js";
import { PLAIN } from "./plain.js";
import { renderSignalStyles, SIGNAL } from "./signal.js";
import { SLACK_MRKDWN } from "./slack-mrkdwn.js";
import { TELEGRAM_HTML, withoutHtml } from "./telegram-html.js";
import { WHATSAPP } from "./whatsapp.js";

const FORMS: Readonly<Record<Dialect, Form>> = {
  plain: PLAIN,
  markdown: MARKDOWN,
  "telegram-html": TELEGRAM_HTML,
  "slack-mrkdwn": SLACK_MRKDWN,
  "discord-markdown": DISCORD_MARKDOWN,
  whatsapp: WHATSAPP,
  signal: SIGNAL,
};

export const formOf = (dialect: Dialect): Form => FORMS[dialect];

/** A whole tree, however long, in a dialect and without form. */
export function renderTree(tree: readonly Block[], dialect: Dialect): RenderedText {
  const plain = writeBlocks(tree, PLAIN);
  if (dialect === "signal") {
    const { text, styles } = renderSignalStyles(tree);
    return { text, plain, ...(styles.length === 0 ? {} : { styles }) };
  }
  return { text: FORMS[dialect] === PLAIN ? plain : writeBlocks(tree, FORMS[dialect]), plain };
}

/** How long a platform finds a text of a dialect. Telegram counts what is left after it has read the HTML. */
export const lengthOf = (text: string, dialect: Dialect, unit: TextUnit): number =>
  lengthIn(dialect === "telegram-html" ? withoutHtml(text) : text, unit);
