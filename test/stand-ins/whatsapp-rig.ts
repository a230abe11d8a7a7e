import { globalAgent } from "node:https";
import { WA_CERT_DETAILS, type AuthenticationCreds, type KeyPair } from "@whiskeysockets/baileys";
import { MemoryHostLock } from "../../src/adapters/storage/memory/memory-host-lock.js";
import { MemoryRecordStore } from "../../src/adapters/storage/memory/memory-record-store.js";
import { whatsapp, parseWhatsappConfig } from "../../src/adapters/channels/whatsapp/index.js";
import { WhatsappVault } from "../../src/adapters/channels/whatsapp/vault.js";
import type { Channel } from "../../src/ports/channel.js";
import type { HostLock } from "../../src/ports/host-lock.js";
import type { RecordStore } from "../../src/ports/record-store.js";
import type { WhatsappServer } from "./whatsapp-server.js";

/** From now on Baileys takes this stand-in for WhatsApp: the one thing that can't be configured is whom it trusts. */
export function trust(server: WhatsappServer): void {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(server.identity.root.public);
  globalAgent.options.ca = server.media.certificate;
}

export interface ChannelOptions {
  readonly credentials?: RecordStore<string>;
  readonly lock?: HostLock;
  readonly section?: Readonly<Record<string, unknown>>;
}

export function channelAt(server: WhatsappServer, { credentials = new MemoryRecordStore<string>(), lock = new MemoryHostLock(), section = {} }: ChannelOptions = {}): Channel {
  const reading = parseWhatsappConfig({ url: server.url, ...section }, "default");
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  return whatsapp(reading.config, { credentials, lock });
}

/** Puts the credentials of a link that was made some time ago where a channel finds them. */
export async function seed(credentials: RecordStore<string>, { creds, keys }: { readonly creds: AuthenticationCreds; readonly keys: ReadonlyMap<number, KeyPair> }): Promise<void> {
  const vault = new WhatsappVault(credentials);
  await vault.open();
  await vault.replace(creds);
  const sdk = await import("@whiskeysockets/baileys");
  await vault.keys(sdk).set({ "pre-key": Object.fromEntries([...keys].map(([id, pair]) => [String(id), pair])) });
  await vault.close();
}
