import { homedir } from "node:os";
import { isAbsolute, join, normalize } from "node:path";
import { Type } from "@sinclair/typebox";
import type { ConfigIssue } from "../../../ports/config-source.js";
import { fieldsOf, type Fields } from "./fields.js";

export interface IMessageConfig {
  readonly accountId: string;
  /** `imsg`, or what leads to it on another Mac. */
  readonly cliPath: string;
  readonly dbPath?: string;
  readonly service: Service;
  readonly region: string;
  readonly includeAttachments: boolean;
  /** Absolute folders; a `*` stands for one folder's name. */
  readonly attachmentRoots: readonly string[];
  /** The Mac that `cliPath` leads to, where it is not this one: its files are out of reach. */
  readonly remoteHost?: string;
  readonly mediaMaxBytes: number;
}

const SERVICES = ["auto", "imessage", "sms"] as const;
type Service = (typeof SERVICES)[number];

const KEYS = {
  cliPath: Type.Optional(Type.String({ description: "the imsg program, or a script that runs it on another Mac" })),
  dbPath: Type.Optional(Type.String({ description: "the database of Messages, where it is not the one of who runs imsg" })),
  service: Type.Optional(Type.Union(SERVICES.map((service) => Type.Literal(service)), { description: "what carries messages to people" })),
  region: Type.Optional(Type.String({ description: "the country of phone numbers without a country code, in two letters" })),
  includeAttachments: Type.Optional(Type.Boolean({ description: "whether files that come along are read" })),
  attachmentRoots: Type.Optional(Type.Array(Type.String(), { description: "the folders that files may be read from" })),
  remoteHost: Type.Optional(Type.String({ description: "the Mac that cliPath leads to, where it is not this one" })),
  mediaMaxMb: Type.Optional(Type.Number({ description: "the largest file either way, in megabytes" })),
};

/** The keys of `channels.imessage`, and of each of its accounts, that are this channel's own. What all channels share is read elsewhere. */
export const IMessageConfigSchema = Type.Object({ ...KEYS, accounts: Type.Optional(Type.Record(Type.String(), Type.Object(KEYS, { additionalProperties: true }))) }, { additionalProperties: true });

export const DEFAULT_ACCOUNT = "default";
export const DEFAULT_ROOT = "~/Library/Messages/Attachments";
const DEFAULT_REGION = "US";
const DEFAULT_MEDIA_MB = 16;
const MEGABYTE = 1_048_576;

export type IMessageConfigReading = { readonly config: IMessageConfig } | { readonly issues: readonly ConfigIssue[] };

/** Reads one account out of the section `channels.imessage`. */
export function parseIMessageConfig(value: unknown, accountId: string, env: Readonly<Record<string, string | undefined>>): IMessageConfigReading {
  const section = fieldsOf(value) ?? {};
  const accounts = fieldsOf(section["accounts"]) ?? {};
  const account = (Object.hasOwn(accounts, accountId) ? fieldsOf(accounts[accountId]) : undefined) ?? {};
  const keys = { ...section, ...account };
  const home = filled(env["HOME"]) ?? homedir();
  const issues: ConfigIssue[] = [];
  const complain = (key: string, message: string): void => {
    issues.push({ path: `channels.imessage.${accountId === DEFAULT_ACCOUNT && !Object.hasOwn(account, key) ? "" : `accounts.${accountId}.`}${key}`, message });
  };

  if (Object.keys(accounts).length > 1 && accountId !== DEFAULT_ACCOUNT && filled(account["cliPath"]) === undefined && filled(account["dbPath"]) === undefined) {
    complain("cliPath", `Two accounts that read one database of Messages would answer everything twice: give the account "${accountId}" a cliPath or dbPath of its own.`);
  }
  const cliPath = expand(filled(keys["cliPath"]) ?? "imsg", home);
  if (/[\p{Cc}]/u.test(cliPath) || (/\s/u.test(cliPath) && !cliPath.includes("/"))) complain("cliPath", "This is not one program: put a command with arguments into a script, and set the path of that.");
  const dbPath = filled(keys["dbPath"]);
  const service = filled(keys["service"]) ?? "auto";
  if (!isService(service)) complain("service", "Messages go by \"imessage\", by \"sms\" or by what fits (\"auto\"): set one of these.");
  const region = (filled(keys["region"]) ?? DEFAULT_REGION).toUpperCase();
  if (!/^[A-Z]{2}$/u.test(region)) complain("region", "This is not a country: write it in two letters, such as \"US\" or \"DE\".");
  const roots = rootsOf(keys["attachmentRoots"], home);
  if (roots === undefined) complain("attachmentRoots", "Files can be read from folders alone: list their paths from the root, each at least one folder deep, and without \"..\".");
  const megabytes = keys["mediaMaxMb"] ?? DEFAULT_MEDIA_MB;
  if (typeof megabytes !== "number" || !(megabytes > 0) || megabytes > 2_000) complain("mediaMaxMb", "This is not a size: set a number of megabytes up to 2000.");
  const remoteHost = filled(keys["remoteHost"]);
  if (issues.length > 0 || !isService(service) || roots === undefined) return { issues };
  return {
    config: {
      accountId, cliPath, service, region,
      includeAttachments: keys["includeAttachments"] !== false,
      attachmentRoots: roots,
      mediaMaxBytes: Math.floor(Number(megabytes) * MEGABYTE),
      ...(dbPath === undefined ? {} : { dbPath: remoteHost === undefined ? expand(dbPath, home) : dbPath }),
      ...(remoteHost === undefined ? {} : { remoteHost }),
    },
  };
}

const isService = (text: string): text is Service => (SERVICES as readonly string[]).includes(text);

/** What is set to nothing is not set. */
const filled = (value: unknown): string | undefined => (typeof value === "string" && value.trim() !== "" ? value.trim() : undefined);

const expand = (path: string, home: string): string => (path === "~" || path.startsWith("~/") ? join(home, path.slice(2)) : path);

function rootsOf(value: Fields[string], home: string): readonly string[] | undefined {
  if (value === undefined) return [expand(DEFAULT_ROOT, home)];
  if (!Array.isArray(value)) return undefined;
  const roots = value.map((one) => filled(one)).map((one) => (one === undefined ? undefined : expand(one, home).replace(/\/+$/u, "")));
  const isRoot = (root: string | undefined): root is string => root !== undefined && isAbsolute(root) && normalize(root) === root && root.split("/").length > 1;
  return roots.every(isRoot) ? roots : undefined;
}
