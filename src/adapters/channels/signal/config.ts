import { Type } from "@sinclair/typebox";
import { fieldsOf, type Fields } from "../../../domain/foreign-fields.js";
import { canonicalSenderId, readSenderEntry } from "../../../domain/messaging/sender-id.js";
import type { ConfigIssue } from "../../../ports/config-source.js";

/** A signal-cli that the gateway starts itself, and ends with the channel. */
export interface SupervisedDaemon {
  readonly cliPath: string;
  readonly host: string;
  readonly port: number;
  /** Where signal-cli keeps its accounts, where that is not its own place. */
  readonly configPath?: string;
  readonly ignoreStories: boolean;
}

export interface SignalConfig {
  readonly accountId: string;
  /** The account's number, in E.164. Without it, the only account that signal-cli has. */
  readonly account?: string;
  readonly accountUuid?: string;
  /** Where the daemon is, without a slash at the end. */
  readonly url: string;
  /** Absent where the gateway only connects to a daemon that others run. */
  readonly daemon?: SupervisedDaemon;
  readonly ignoreStories: boolean;
  readonly sendReadReceipts: boolean;
  /** Whether what the owner writes to themselves is a message to the assistant. */
  readonly noteToSelf: boolean;
  /** As what the gateway shows among the linked devices on the phone. */
  readonly deviceName: string;
}

const KEYS = {
  account: Type.Optional(Type.String({ description: "the account's phone number, as +491511234567" })),
  accountUuid: Type.Optional(Type.String({ description: "the account's own id, where signal-cli cannot tell it" })),
  httpUrl: Type.Optional(Type.String({ description: "the address of a signal-cli daemon that runs already" })),
  httpHost: Type.Optional(Type.String({ description: "where a daemon that the gateway starts listens" })),
  httpPort: Type.Optional(Type.Number({ description: "its port" })),
  cliPath: Type.Optional(Type.String({ description: "the program signal-cli" })),
  configPath: Type.Optional(Type.String({ description: "the folder in which signal-cli keeps its accounts" })),
  autoStart: Type.Optional(Type.Boolean({ description: "whether the gateway starts signal-cli; by default where httpUrl is not set" })),
  ignoreStories: Type.Optional(Type.Boolean({ description: "whether answers to stories are passed over" })),
  sendReadReceipts: Type.Optional(Type.Boolean({ description: "whether people see that their direct messages were read" })),
  noteToSelf: Type.Optional(Type.Boolean({ description: "whether notes that the owner writes to themselves are answered" })),
  deviceName: Type.Optional(Type.String({ description: "the gateway's name among the linked devices" })),
};

/** The keys of `channels.signal`, and of each of its accounts, that are this channel's own. What all channels share is read elsewhere. */
export const SignalConfigSchema = Type.Object({ ...KEYS, accounts: Type.Optional(Type.Record(Type.String(), Type.Object(KEYS, { additionalProperties: true }))) }, { additionalProperties: true });

export const DEFAULT_ACCOUNT = "default";
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 8_080;
const DEFAULT_DEVICE = "OpenClaw";
/** What two accounts can't have in common. */
const OWN_KEYS: ReadonlySet<string> = new Set(["account", "accountUuid"]);
const HOST = /^[A-Za-z0-9.:_-]{1,253}$/u;

export type SignalConfigReading = { readonly config: SignalConfig } | { readonly issues: readonly ConfigIssue[] };

/** Reads one account out of the section `channels.signal`. An issue never repeats a value. */
export function parseSignalConfig(value: unknown, accountId: string, _env: Readonly<Record<string, string | undefined>>): SignalConfigReading {
  const section = fieldsOf(value) ?? {};
  const accounts = fieldsOf(section["accounts"]) ?? {};
  const own = (Object.hasOwn(accounts, accountId) ? fieldsOf(accounts[accountId]) : undefined) ?? {};
  const inherited = accountId === DEFAULT_ACCOUNT ? section : Object.fromEntries(Object.entries(section).filter(([key]) => !OWN_KEYS.has(key)));
  const keys: Fields = { ...inherited, ...own };
  const issues: ConfigIssue[] = [];
  const complain = (key: string, message: string): void => {
    issues.push({ path: `channels.signal.${Object.hasOwn(own, key) || accountId !== DEFAULT_ACCOUNT ? `accounts.${accountId}.` : ""}${key}`, message });
  };

  const account = numberOf(filled(keys["account"]));
  if (account === "unusable") complain("account", "This is not a phone number: write it with its country's code, as +491511234567.");
  else if (account === undefined && Object.keys(accounts).length > 1) complain("account", `The Signal account "${accountId}" has no number: with several accounts each needs the number that it is.`);
  else if (account !== undefined && firstWith(account, accounts) !== accountId && firstWith(account, accounts) !== undefined) complain("account", "Another account has this number: each message would be answered twice.");
  const uuid = filled(keys["accountUuid"]);
  const accountUuid = uuid === undefined ? undefined : canonicalSenderId("signal", uuid);
  if (uuid !== undefined && accountUuid?.includes("-") !== true) complain("accountUuid", "This is not an id of Signal: it has 32 digits from 0 to f, in five groups with dashes between them.");

  const place = placeOf(keys, complain);
  const flag = (key: string, fallback: boolean): boolean => (typeof keys[key] === "boolean" ? keys[key] : fallback);
  if (issues.length > 0 || place === undefined) return { issues };
  const ignoreStories = flag("ignoreStories", true);
  return {
    config: {
      accountId,
      ...(typeof account === "string" ? { account } : {}),
      ...(accountUuid === undefined ? {} : { accountUuid }),
      url: place.url,
      ...(place.daemon === undefined ? {} : { daemon: { ...place.daemon, ignoreStories } }),
      ignoreStories,
      sendReadReceipts: flag("sendReadReceipts", false),
      noteToSelf: flag("noteToSelf", true),
      deviceName: filled(keys["deviceName"])?.slice(0, 50) ?? DEFAULT_DEVICE,
    },
  };
}

/** Where the daemon is, and how it is started where that is the gateway's to do. */
function placeOf(keys: Fields, complain: (key: string, message: string) => void): { readonly url: string; readonly daemon?: Omit<SupervisedDaemon, "ignoreStories"> } | undefined {
  const given = filled(keys["httpUrl"])?.replace(/\/+$/u, "");
  const starts = typeof keys["autoStart"] === "boolean" ? keys["autoStart"] : given === undefined;
  if (given !== undefined && !isAddress(given)) {
    complain("httpUrl", "This is not the address of a signal-cli daemon: write it as http://127.0.0.1:8080, without credentials, path or query.");
    return undefined;
  }
  const host = filled(keys["httpHost"]) ?? (given === undefined ? DEFAULT_HOST : bareHost(new URL(given).hostname));
  const port = keys["httpPort"] ?? (given === undefined ? DEFAULT_PORT : Number(new URL(given).port || DEFAULT_PORT));
  if (!HOST.test(host)) complain("httpHost", "This is not an address to listen at: leave it out, or write 127.0.0.1.");
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) {
    complain("httpPort", "A port is a whole number from 1 to 65535.");
    return undefined;
  }
  const url = given ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (!starts) return { url };
  const configPath = filled(keys["configPath"]);
  return { url, daemon: { cliPath: filled(keys["cliPath"]) ?? "signal-cli", host, port, ...(configPath === undefined ? {} : { configPath }) } };
}

const firstWith = (number: string, accounts: Fields): string | undefined =>
  Object.entries(accounts).find(([, account]) => numberOf(filled(fieldsOf(account)?.["account"])) === number)?.[0];

const bareHost = (host: string): string => host.replace(/^\[|\]$/gu, "");

/** As owners write a number: with blanks, dashes and brackets. */
function numberOf(text: string | undefined): string | undefined | "unusable" {
  if (text === undefined) return undefined;
  const entry = readSenderEntry("signal", text);
  return entry.kind === "id" && entry.id.startsWith("+") ? entry.id : "unusable";
}

/** What is set to nothing is not set. A number may be written without quotes. */
const filled = (value: unknown): string | undefined => {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined;
};

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash, pathname } = new URL(text);
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "" && search === "" && hash === "" && pathname === "/";
}
