import { after } from "../../../domain/moment.js";
import { INVITE_TTL_MS, type Invite } from "../../../domain/pairing/invite.js";
import { encodeSetupCode } from "../../../domain/pairing/setup-code.js";
import { invalidRequest } from "../../../domain/protocol/errors.js";
import { done, refused, type Handlers } from "../call.js";
import type { Services } from "../services.js";

/** An address that a code may name: a WebSocket URL without anything secret or superfluous in it. */
function readUrl(text: string): string | undefined {
  if (!/^wss?:\/\/[^\s@?#]{1,512}$/i.test(text)) return undefined;
  return text.replace(/\/+$/, "");
}

/** Setup codes: one scan or paste, and a new device is paired. */
export function setupHandlers({ parts }: Services): Handlers<"device.pair.setupCode"> {
  return {
    "device.pair.setupCode": async ({ publicUrl, includeQr, bootstrapProfile: profile = "limited" }) => {
      const given = publicUrl === undefined ? undefined : readUrl(publicUrl);
      if (publicUrl !== undefined && given === undefined) {
        return refused(invalidRequest("invalid device.pair.setupCode params: publicUrl must be a ws:// or wss:// URL without user, query or fragment"));
      }
      const listening = parts.host.urls();
      const gatewayUrl = given ?? listening[0];
      if (gatewayUrl === undefined) return refused(invalidRequest("the gateway does not know an address of its own; pass publicUrl"));
      const createdAtMs = parts.clock.now();
      const setupId = parts.ids.uuid();
      // The vault's output is as good a secret as any, and nothing of it needs to be kept.
      const bootstrapToken = parts.vault.derive({ deviceId: setupId, role: "bootstrap", serial: parts.ids.uuid() });
      const invite: Invite = {
        setupId,
        digest: parts.signatures.digest(bootstrapToken),
        profile,
        createdAtMs,
        expiresAtMs: after(createdAtMs, INVITE_TTL_MS),
      };
      await parts.invites.put(invite);
      const urls = [...new Set([gatewayUrl, ...(given === undefined ? listening : [])])];
      // A public URL leads through somebody else's certificate.
      const pin = given === undefined ? parts.host.tlsFingerprint?.() : undefined;
      const setupCode = encodeSetupCode({ url: gatewayUrl, urls, bootstrapToken, expiresAtMs: invite.expiresAtMs, ...(pin === undefined ? {} : { tlsFingerprint: pin }) });
      return done({
        setupId,
        setupCode,
        gatewayUrl,
        gatewayUrls: urls,
        auth: parts.config.settings().auth.mode,
        urlSource: given === undefined ? "listening" : "publicUrl",
        access: profile,
        expiresAtMs: invite.expiresAtMs,
        ...(includeQr === true ? { qrDataUrl: await parts.qrCodes.pngDataUrl(setupCode) } : {}),
      });
    },
  };
}
