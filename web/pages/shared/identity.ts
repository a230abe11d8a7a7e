import { loadDeviceIdentity, type DeviceIdentity } from "../../../src/client/browser/index.js";

/**
 * This browser's device key. Where it can, the browser makes it and hands it to nobody; a page that came over plain HTTP
 * from another host, and browsers without Ed25519, get one that is computed here and kept as text.
 */
export async function loadIdentity(): Promise<DeviceIdentity> {
  if (isSecureContext) {
    try {
      return await loadDeviceIdentity();
    } catch {
      // An older browser, or one that keeps no keys for this page.
    }
  }
  const { loadSoftwareIdentity } = await import("./software-identity.js");
  return loadSoftwareIdentity();
}
