import { Type } from "@sinclair/typebox";
import type { ConfigIssue } from "../../../ports/config-source.js";
import { fieldsOf, type Fields } from "./fields.js";

export interface DiscordConfig {
  readonly accountId: string;
  readonly token: string;
  /** Where the REST API is, without its version and without a slash at the end. */
  readonly apiRoot: string;
  /** The slash command by which people ask the assistant; without it there is none. */
  readonly command?: string;
}

const KEYS = {
  token: Type.Optional(Type.String({ description: "the token of the bot, from the developer portal's page \"Bot\"" })),
  apiRoot: Type.Optional(Type.String({ description: "the address of Discord's API, where it is not Discord's own" })),
  slashCommand: Type.Optional(Type.Object({
    enabled: Type.Optional(Type.Boolean({ description: "whether the bot has a slash command for the assistant" })),
    name: Type.Optional(Type.String({ description: "its name, without the slash" })),
  }, { additionalProperties: true })),
};

/** The keys of `channels.discord`, and of each of its accounts, that are this channel's own. What all channels share is read elsewhere. */
export const DiscordConfigSchema = Type.Object({ ...KEYS, accounts: Type.Optional(Type.Record(Type.String(), Type.Object(KEYS, { additionalProperties: true }))) }, { additionalProperties: true });

export const DEFAULT_ACCOUNT = "default";
const DEFAULT_API_ROOT = "https://discord.com/api";
const DEFAULT_COMMAND = "ask";
/** For the default account alone, where the file does not say it: two accounts with one token would hear everything twice. */
const VARIABLE = "DISCORD_BOT_TOKEN";

const TOKEN = /^[A-Za-z0-9_-]{1,100}\.[A-Za-z0-9_-]{1,50}\.[A-Za-z0-9_-]{1,100}$/u;
const COMMAND = /^[\p{Ll}\p{Lo}\p{N}_-]{1,32}$/u;

export type DiscordConfigReading = { readonly config: DiscordConfig } | { readonly issues: readonly ConfigIssue[] };

/** Reads one account out of the section `channels.discord`. An issue never repeats a value, which may be a secret in the wrong place. */
export function parseDiscordConfig(value: unknown, accountId: string, env: Readonly<Record<string, string | undefined>>): DiscordConfigReading {
  const section = fieldsOf(value) ?? {};
  const accounts = fieldsOf(section["accounts"]) ?? {};
  const account = (Object.hasOwn(accounts, accountId) ? fieldsOf(accounts[accountId]) : undefined) ?? {};
  const isDefault = accountId === DEFAULT_ACCOUNT;
  const issues: ConfigIssue[] = [];
  const complain = (key: string, message: string): void => {
    issues.push({ path: `channels.discord.${isDefault && !Object.hasOwn(account, key) ? "" : `accounts.${accountId}.`}${key}`, message });
  };
  const shared = { ...section, ...account };

  const given = filled(isDefault ? shared["token"] : account["token"]) ?? (isDefault ? filled(env[VARIABLE]) : undefined);
  const token = given?.replace(/^Bot\s+/iu, "");
  if (token === undefined) complain("token", `The Discord account "${accountId}" has no token: copy one from the page "Bot" of Discord's developer portal and set it here${isDefault ? `, or as ${VARIABLE} in the environment` : ""}.`);
  else if (!TOKEN.test(token)) complain("token", "This is not the token of a bot: the developer portal writes one as three words with dots between them, on its page \"Bot\".");

  const apiRoot = (filled(shared["apiRoot"]) ?? DEFAULT_API_ROOT).replace(/\/+$/u, "");
  if (!isAddress(apiRoot)) complain("apiRoot", "This is not the address of an API: write it as https://host/api, without credentials or a query.");

  const command = commandOf(fieldsOf(shared["slashCommand"]) ?? {});
  if (command !== undefined && !COMMAND.test(command)) complain("slashCommand", "Discord takes no such name for a command: use up to 32 lower-case letters, digits, dashes or underscores.");
  if (issues.length > 0 || token === undefined) return { issues };
  return { config: { accountId, token, apiRoot, ...(command === undefined ? {} : { command }) } };
}

const commandOf = ({ enabled, name }: Fields): string | undefined => (enabled === false ? undefined : (filled(name)?.replace(/^\//u, "") ?? DEFAULT_COMMAND));

/** What is set to nothing is not set. */
const filled = (value: unknown): string | undefined => (typeof value === "string" && value.trim() !== "" ? value.trim() : undefined);

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "" && search === "" && hash === "";
}
