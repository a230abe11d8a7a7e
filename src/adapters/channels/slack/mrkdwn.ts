export interface SpokenText {
  readonly text: string;
  /** The account is mentioned. */
  readonly addressed: boolean;
}

export interface Listener {
  readonly selfId: string;
  nameOf(userId: string): string | undefined;
}

const MAX_MENTIONS = 10;
/** Slack escapes `<`, `>` and `&` in what people type, so that every bare pair of angle brackets is its own markup. */
const MARKUP = /<([^<>]*)>/gu;

/** What somebody typed, without Slack's markup and without the mention of the account. */
export function readText(raw: string, listener: Listener): SpokenText {
  let text = "";
  let addressed = false;
  let at = 0;
  let afterMention = false;
  const say = (words: string): void => {
    text = afterMention ? joinAround(text, words) : text + words;
  };
  for (const match of raw.matchAll(MARKUP)) {
    say(unescape(raw.slice(at, match.index)));
    at = match.index + match[0].length;
    afterMention = isMentionOf(match[1] ?? "", listener.selfId);
    addressed ||= afterMention;
    if (!afterMention) text += readMarkup(match[1] ?? "", listener);
  }
  say(unescape(raw.slice(at)));
  return { text: afterMention ? text.trimEnd() : text, addressed };
}

/** Whom a text mentions, as far as names of so many people can be worth asking for. */
export const mentionedIn = (raw: string): readonly string[] =>
  [...new Set([...raw.matchAll(/<@([UW][A-Z0-9]+)[|>]/gu)].flatMap(([, id]) => id ?? []))].slice(0, MAX_MENTIONS);

const isMentionOf = (markup: string, selfId: string): boolean => markup.split("|", 1)[0] === `@${selfId}`;

/** Closes the gap that a mention leaves, and takes the punctuation along that belonged to it. */
function joinAround(before: string, behind: string): string {
  if (before.trim() === "") return behind.replace(/^[,:;]?\s*/u, "");
  if (!/\s$/u.test(before)) return before + behind;
  return /^[,.:;!?]/u.test(behind) ? before.trimEnd() + behind : before + behind.replace(/^ /u, "");
}

function readMarkup(markup: string, { nameOf }: Listener): string {
  const bar = markup.indexOf("|");
  const target = bar === -1 ? markup : markup.slice(0, bar);
  const label = bar === -1 ? undefined : unescape(markup.slice(bar + 1));
  const name = target.slice(1);
  switch (target[0]) {
    case "@": return `@${nameOf(name) ?? (label || name)}`;
    case "#": return `#${label || name}`;
    case "!": return readCommand(name, label);
    default: return readLink(unescape(target), label);
  }
}

/** `<!here>`, `<!subteam^S1|@team>`, `<!date^1790000000^{date}|a day>`. */
function readCommand(name: string, label: string | undefined): string {
  if (label !== undefined && label !== "") return label;
  const [what = "", id] = name.split("^", 2);
  return what === "subteam" && id !== undefined ? `@${id}` : `@${what}`;
}

function readLink(url: string, label: string | undefined): string {
  const bare = url.replace(/^(?:https?:\/\/|mailto:|tel:)/u, "");
  if (label === undefined || label === "" || label === url) return /^(?:mailto|tel):/u.test(url) ? bare : url;
  if (label === bare || `${label}/` === bare) return /^https?:/u.test(url) ? url : bare;
  return `${label} (${url})`;
}

/** `&amp;` last, so that an escaped `&lt;` that somebody typed stays what they typed. */
export const unescape = (text: string): string => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
