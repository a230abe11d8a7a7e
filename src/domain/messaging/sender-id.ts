/** What an entry of an allow-list stands for. */
export type SenderEntry =
  | { readonly kind: "everybody" }
  | { readonly kind: "id"; readonly id: string }
  /** It lets nobody in. `name`: names and handles can be given up and taken by somebody else, so they are never compared. */
  | { readonly kind: "unusable"; readonly why: "name" | "not-an-id" };

interface IdGrammar {
  /** What an owner may write before an id. */
  readonly prefixes: readonly string[];
  /** An id of this channel in its one spelling; `undefined` for any other text. */
  id(text: string): string | undefined;
  /** Takes off what owners add to an id when they copy it. Never applied to what a provider says. */
  tidy?(entry: string): string;
}

/** Longer than any provider's. */
export const MAX_ID_LENGTH = 256;

// Case is folded within ASCII alone: `toLowerCase` makes a plain k of the Kelvin sign, and so one id of two.
const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
const matching = (text: string, shape: RegExp): string | undefined => (shape.test(text) ? text : undefined);

// Numbers stay texts: above 2^53 two ids would read as one.
const digits = (text: string): string | undefined => matching(text, /^-?[1-9][0-9]{0,19}$/);
const phone = (text: string): string | undefined => (/^\+?[1-9][0-9]{6,14}$/.test(text) ? `+${text.replace("+", "")}` : undefined);
// In "+49 (0) 151" the zero is dialled by those who leave out the +49, and belongs to no number.
const withoutPhoneMarks = (text: string): string => (/^\+?[0-9 ().-]+$/.test(text) ? text.replace(/\(0\)|[ ().-]/g, "") : text);
const withoutBrackets = (text: string): string => /^<@!?([A-Za-z0-9]+)>$/.exec(text)?.[1] ?? text;
const uuid = (text: string): string | undefined => matching(lower(text), /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const email = (text: string): string | undefined => matching(lower(text), /^(?!.*[:<>,])[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+$/);
const slackId = (text: string): string | undefined => (text === "USLACKBOT" ? text : matching(text, /^[UWB](?=[A-Z]*[0-9])[A-Z0-9]+$/));

/** A phone number, or an id behind which WhatsApp hides one. The device of either does not matter. */
function whatsappId(text: string): string | undefined {
  const [, user = "", server] = /^([0-9]{1,20})(?::[0-9]{1,5})?@(s\.whatsapp\.net|c\.us|lid)$/.exec(text) ?? [];
  if (server === undefined) return phone(text);
  return server === "lid" ? `${user}@lid` : phone(user);
}

const GRAMMARS: ReadonlyMap<string, IdGrammar> = new Map<string, IdGrammar>([
  ["telegram", { prefixes: ["telegram:", "tg:"], id: digits }],
  ["slack", { prefixes: ["slack:", "user:"], id: slackId, tidy: (entry) => upper(withoutBrackets(entry)) }],
  ["discord", { prefixes: ["discord:", "user:"], id: digits, tidy: withoutBrackets }],
  ["whatsapp", { prefixes: ["whatsapp:"], id: whatsappId, tidy: withoutPhoneMarks }],
  ["signal", { prefixes: ["signal:", "uuid:"], id: (text) => uuid(text) ?? phone(text), tidy: withoutPhoneMarks }],
  ["imessage", { prefixes: ["imessage:", "sms:"], id: (text) => phone(text) ?? email(text), tidy: withoutPhoneMarks }],
]);

/** A channel that is not known here says nothing of its ids: they are compared as they are. */
const grammarOf = (channel: string): IdGrammar =>
  GRAMMARS.get(channel) ?? { prefixes: [`${channel}:`], id: (text) => (text === "" || text === "*" ? undefined : text) };

/**
 * The one spelling of a stable id that a provider gave; `undefined` for what is none on this channel, which no entry
 * of a list can then equal. Prefixes and punctuation that owners may write are not taken off here: whoever can choose an
 * id would choose one that reads as another's.
 */
export const canonicalSenderId = (channel: string, id: string): string | undefined =>
  id.length > MAX_ID_LENGTH ? undefined : grammarOf(channel).id(id);

/** Reads an entry as its owner wrote it: `123`, `telegram:123`, `tg:123`, `<@U1>`, `+49 (151) 2345-678`. */
export function readSenderEntry(channel: string, entry: string): SenderEntry {
  const text = entry.trim();
  if (text === "*") return { kind: "everybody" };
  const { prefixes, id, tidy = (same: string) => same } = grammarOf(channel);
  const bare = prefixes.reduce((rest, prefix) => (lower(rest).startsWith(prefix) ? rest.slice(prefix.length).trim() : rest), text);
  const known = bare.length > MAX_ID_LENGTH ? undefined : id(tidy(bare));
  if (known !== undefined) return { kind: "id", id: known };
  return { kind: "unusable", why: bare.startsWith("@") || /^\p{L}/u.test(bare) ? "name" : "not-an-id" };
}
