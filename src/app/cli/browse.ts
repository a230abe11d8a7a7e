import { GATEWAY_SERVICE } from "../../domain/discovery/gateway-service.js";

/** Asks the local network for gateways, and gathers what is answered meanwhile: as it came, to be read as foreign. */
export async function browse(timeoutMs: number): Promise<readonly unknown[]> {
  const { default: { Bonjour } } = await import("bonjour-service");
  // Without a handler, a network that cannot be used would end the process.
  const bonjour = new Bonjour({}, () => undefined);
  const browser = bonjour.find({ type: GATEWAY_SERVICE });
  try {
    await new Promise((resolve) => setTimeout(resolve, timeoutMs));
    return browser.services.map(({ name, host, port, txt, addresses }) => ({ name, host, port, txt: txt as unknown, addresses }));
  } finally {
    browser.stop();
    await new Promise<void>((resolve) => void bonjour.destroy(() => resolve()));
  }
}
