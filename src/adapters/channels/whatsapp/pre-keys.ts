import type { BinaryNode, WASocket } from "@whiskeysockets/baileys";
import type { Sdk } from "./sdk.js";

/** How many a new device leaves at WhatsApp, and how many are left when more are due. Source: what Baileys does. */
const FIRST = 812;
const LEAST = 5;
const MORE = 100;

/**
 * Leaves keys at WhatsApp with which others begin to write to this device, before Baileys looks whether there are enough:
 * it would do the same beside a timer of half a minute that nothing stops, and the process could not end before.
 */
export async function leavePreKeys(sdk: Sdk, { query, authState: { creds, keys }, ev }: WASocket): Promise<void> {
  const counted: unknown = await query({ tag: "iq", attrs: { xmlns: "encrypt", type: "get", to: sdk.S_WHATSAPP_NET }, content: [{ tag: "count", attrs: {} }] });
  const left = Number(sdk.getBinaryNodeChild(counted as Parameters<Sdk["getBinaryNodeChild"]>[0], "count")?.attrs["value"] ?? Number.NaN);
  if (!(left <= LEAST)) return;
  const upload = await keys.transaction(async () => {
    const { update, node } = await sdk.getNextPreKeysNode({ creds, keys }, left === 0 ? FIRST : MORE);
    // First which numbers are used up, then the keys of these numbers: the other way round a crash would use them twice.
    ev.emit("creds.update", update);
    return node;
  }, creds.me?.id ?? "pre-keys");
  await query(upload);
}

/** The same where WhatsApp says that few are left: Baileys, which acknowledges that, is told of enough. */
export function onFewPreKeys(sdk: Sdk, { ws }: WASocket, leave: () => void): void {
  ws.on("CB:notification,type:encrypt", (stanza: BinaryNode) => {
    const count = sdk.getBinaryNodeChild(stanza, "count");
    if (count === undefined || stanza.attrs["from"] !== sdk.S_WHATSAPP_NET) return;
    if (Number(count.attrs["value"]) <= LEAST) leave();
    count.attrs["value"] = String(MORE);
  });
}
