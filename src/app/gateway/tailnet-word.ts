import type { ConnectClaim } from "../../domain/handshake/claim.js";
import { offeredKinds } from "../../domain/handshake/credentials.js";
import { judgeTailnetClaim, readTailnetClaim, type TailnetVerdict } from "../../domain/handshake/tailnet-claim.js";
import type { GatewayParts } from "./parts.js";
import type { Stranger } from "./stranger.js";

/**
 * What the tailnet says of a connection that shows no credential. `undefined` where it is not asked: where the owner did
 * not allow it, where somebody else's proxy stands on this host, or where no header names anybody.
 */
export async function askTailnet({ tailnet, config, locality, log }: GatewayParts, stranger: Stranger, { params }: ConnectClaim): Promise<TailnetVerdict | undefined> {
  const { allowTailscale, trustedProxies, auth } = config.settings();
  if (tailnet === undefined || !allowTailscale || auth.mode === "none" || offeredKinds(params.auth ?? {}).length > 0) return undefined;
  const { address, headers } = stranger.connection.peer;
  if (locality.classify(address) !== "loopback" || locality.isWithin(address, trustedProxies)) return undefined;
  const claim = readTailnetClaim(headers);
  if (claim === undefined || "kind" in claim) return claim;
  const found = await tailnet.whois(claim.address);
  if (found.kind === "failed") log.warn("the tailnet could not be asked who somebody is", { connId: stranger.connId, reason: found.reason });
  return judgeTailnetClaim(claim, found);
}
