import { Type } from "@sinclair/typebox";
import type { ConfigIssue } from "../../../ports/config-source.js";
import { fieldsOf, type Fields } from "./fields.js";

export interface TelegramConfig {
  readonly accountId: string;
  readonly botToken: string;
  /** Where the Bot API is, without a slash at the end. */
  readonly apiRoot: string;
  readonly linkPreview: boolean;
  /** Where Telegram calls. Without it the channel asks by itself. */
  readonly webhook?: { readonly url: string; readonly secret: string; readonly path: string };
}

const KEYS = {
  botToken: Type.Optional(Type.String({ description: "the token that @BotFather gave for the bot" })),
  apiRoot: Type.Optional(Type.String({ description: "the address of a Bot API server of one's own" })),
  webhookUrl: Type.Optional(Type.String({ description: "the public HTTPS address at which Telegram reaches this gateway" })),
  webhookSecret: Type.Optional(Type.String({ description: "what Telegram proves itself with at webhookUrl" })),
  webhookPath: Type.Optional(Type.String({ description: "the path under which webhookUrl arrives here, where a proxy changes it" })),
  linkPreview: Type.Optional(Type.Boolean({ description: "whether links are shown with a preview" })),
};

/** The keys of `channels.telegram`, and of each of its accounts, that are this channel's own. What all channels share is read elsewhere. */
export const TelegramConfigSchema = Type.Object({ ...KEYS, accounts: Type.Optional(Type.Record(Type.String(), Type.Object(KEYS, { additionalProperties: true }))) }, { additionalProperties: true });

export const DEFAULT_ACCOUNT = "default";
export const DEFAULT_API_ROOT = "https://api.telegram.org";

/** For the default account alone, where the file does not say it. */
const VARIABLES: Readonly<Record<string, string>> = { botToken: "TELEGRAM_BOT_TOKEN", webhookSecret: "TELEGRAM_WEBHOOK_SECRET" };
/** What two accounts can't have in common. */
const OWN_KEYS: readonly string[] = ["botToken", "webhookUrl", "webhookPath"];

const TOKEN = /^[0-9]{1,20}:[A-Za-z0-9_-]{20,100}$/u;
const SECRET = /^[A-Za-z0-9_-]{16,256}$/u;
const PATH = /^\/[A-Za-z0-9._~/-]{1,200}$/u;

export type TelegramConfigReading = { readonly config: TelegramConfig } | { readonly issues: readonly ConfigIssue[] };

/** Reads one account out of the section `channels.telegram`. An issue never repeats a value, which may be a secret in the wrong place. */
export function parseTelegramConfig(value: unknown, accountId: string, env: Readonly<Record<string, string | undefined>>): TelegramConfigReading {
  const found = new Keys(fieldsOf(value) ?? {}, accountId, env);
  const issues: ConfigIssue[] = [];
  const complain = (key: string, message: string): void => { issues.push({ path: found.pathOf(key), message }); };

  const botToken = found.text("botToken");
  if (botToken === undefined) complain("botToken", `The Telegram account "${accountId}" has no token: ask @BotFather for one and set it here${found.hint("botToken")}.`);
  else if (!TOKEN.test(botToken)) complain("botToken", "This is not the token of a bot: @BotFather writes one as a number, a colon and about 35 letters and digits.");

  const apiRoot = (found.text("apiRoot") ?? DEFAULT_API_ROOT).replace(/\/+$/u, "");
  if (!isAddress(apiRoot, ["http:", "https:"])) complain("apiRoot", "This is not the address of a Bot API server: write it as https://host, without credentials or a query.");

  const webhook = parseWebhook(found, apiRoot, complain);
  if (issues.length > 0 || botToken === undefined) return { issues };
  return { config: { accountId, botToken, apiRoot, linkPreview: found.value("linkPreview") !== false, ...(webhook === undefined ? {} : { webhook }) } };
}

function parseWebhook(found: Keys, apiRoot: string, complain: (key: string, message: string) => void): TelegramConfig["webhook"] {
  const url = found.text("webhookUrl");
  if (url === undefined) return undefined;
  // Telegram's own servers call by HTTPS alone; a Bot API server next door may do without.
  if (!isAddress(url, apiRoot === DEFAULT_API_ROOT ? ["https:"] : ["http:", "https:"])) {
    complain("webhookUrl", "Telegram cannot call this address: write it as https://host/path, without credentials or a query.");
    return undefined;
  }
  const path = found.text("webhookPath") ?? new URL(url).pathname;
  if (!PATH.test(path)) complain("webhookPath", "Telegram needs a path of its own at this gateway: end webhookUrl with one such as /telegram-webhook, of letters, digits, dots, dashes and slashes.");
  const secret = found.text("webhookSecret") ?? "";
  // Whoever guesses it can speak as anybody, the owner included.
  if (!SECRET.test(secret)) complain("webhookSecret", `A webhook needs a secret, or anybody could send messages in anybody's name: set 16 to 256 letters, digits, dashes or underscores${found.hint("webhookSecret")}.`);
  return { url, path, secret };
}

function isAddress(text: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return protocols.includes(protocol) && username === "" && password === "" && search === "" && hash === "";
}

/** An account's own keys, over those of the section, over the environment. */
class Keys {
  readonly #section: Fields;
  readonly #account: Fields;
  readonly #accountId: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(section: Fields, accountId: string, env: Readonly<Record<string, string | undefined>>) {
    const accounts = fieldsOf(section["accounts"]) ?? {};
    this.#section = section;
    this.#account = (Object.hasOwn(accounts, accountId) ? fieldsOf(accounts[accountId]) : undefined) ?? {};
    this.#accountId = accountId;
    this.#env = env;
  }

  value(key: string): unknown {
    if (Object.hasOwn(this.#account, key)) return this.#account[key];
    return (this.#accountId === DEFAULT_ACCOUNT || !OWN_KEYS.includes(key)) && Object.hasOwn(this.#section, key) ? this.#section[key] : undefined;
  }

  /** What is set to nothing is not set. */
  text(key: string): string | undefined {
    const value = this.value(key);
    const variable = this.#variableOf(key);
    const text = typeof value === "string" && value.trim() !== "" ? value : variable === undefined ? undefined : this.#env[variable];
    return text === undefined || text.trim() === "" ? undefined : text.trim();
  }

  pathOf(key: string): string {
    const isAccounts = Object.hasOwn(this.#account, key) || this.#accountId !== DEFAULT_ACCOUNT;
    return `channels.telegram.${isAccounts ? `accounts.${this.#accountId}.` : ""}${key}`;
  }

  hint(key: string): string {
    const variable = this.#variableOf(key);
    return variable === undefined ? "" : `, or as ${variable} in the environment`;
  }

  #variableOf(key: string): string | undefined {
    return this.#accountId === DEFAULT_ACCOUNT ? VARIABLES[key] : undefined;
  }
}
