import { Type } from "@sinclair/typebox";
import { fieldsOf } from "../../../domain/foreign-fields.js";
import type { ConfigIssue } from "../../../ports/config-source.js";

export interface WhatsappConfig {
  readonly accountId: string;
  /** Where WhatsApp's socket is. */
  readonly url: string;
  readonly sendReadReceipts: boolean;
  /** What the owner writes to themselves is answered too: so it is where the account's own number is among these. */
  readonly selfChat: "off" | { readonly allowed: readonly string[] };
}

const KEYS = {
  url: Type.Optional(Type.String({ description: "the address of WhatsApp's socket, where it is not WhatsApp's own" })),
  sendReadReceipts: Type.Optional(Type.Boolean({ description: "whether people see that their messages were read" })),
  selfChatMode: Type.Optional(Type.Boolean({ description: "whether what the owner writes to their own number is answered" })),
};

/** The keys of `channels.whatsapp`, and of each of its accounts, that are this channel's own. What all channels share is read elsewhere. */
export const WhatsappConfigSchema = Type.Object({ ...KEYS, accounts: Type.Optional(Type.Record(Type.String(), Type.Object(KEYS, { additionalProperties: true }))) }, { additionalProperties: true });

export const DEFAULT_ACCOUNT = "default";
const DEFAULT_URL = "wss://web.whatsapp.com/ws/chat";

export type WhatsappConfigReading = { readonly config: WhatsappConfig } | { readonly issues: readonly ConfigIssue[] };

/** Reads one account out of the section `channels.whatsapp`. There is no secret in it: the account is linked by its phone. */
export function parseWhatsappConfig(value: unknown, accountId: string): WhatsappConfigReading {
  const section = fieldsOf(value) ?? {};
  const accounts = fieldsOf(section["accounts"]) ?? {};
  const account = (Object.hasOwn(accounts, accountId) ? fieldsOf(accounts[accountId]) : undefined) ?? {};
  const issues: ConfigIssue[] = [];
  const complain = (key: string, message: string): void => {
    issues.push({ path: `channels.whatsapp.${Object.hasOwn(account, key) ? `accounts.${accountId}.` : ""}${key}`, message });
  };
  const shared = { ...section, ...account };
  const flag = (key: string, fallback: boolean): boolean => {
    const given = shared[key];
    if (given !== undefined && typeof given !== "boolean") complain(key, "Expected true or false.");
    return typeof given === "boolean" ? given : fallback;
  };
  const given = shared["url"];
  const url = typeof given === "string" && given.trim() !== "" ? given.trim() : DEFAULT_URL;
  if (!isAddress(url)) complain("url", "This is not the address of a socket: write it as wss://host/path, without credentials.");
  const sendReadReceipts = flag("sendReadReceipts", true);
  const wantsSelfChat = flag("selfChatMode", true);
  if (issues.length > 0) return { issues };
  return { config: { accountId, url, sendReadReceipts, selfChat: wantsSelfChat ? { allowed: textsOf(shared["allowFrom"]) } : "off" } };
}

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one) => typeof one === "string" || typeof one === "number").map(String) : []);

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === "wss:" || protocol === "ws:") && username === "" && password === "";
}
