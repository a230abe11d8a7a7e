import type { Gateway } from "../../src/index.js";
import { AjvFrameValidator } from "../../src/adapters/validation/ajv/index.js";
import type { HelloOk } from "../../src/domain/protocol/hello.js";
import type { PeerFacts } from "../../src/ports/transport.js";
import { errorOf, payloadOf, type TestClient } from "../../src/testing/test-client.js";
import type { ConnectAsk, TestDevice } from "../../src/testing/test-device.js";

// Compiling schemas is what costs most in a gateway that lives for a few frames.
export const validator = new AjvFrameValidator();

/** A peer from elsewhere: nobody vouches for it. */
export const AFAR: Partial<PeerFacts> = { address: "203.0.113.7", headers: {} };

type Place = Pick<Gateway, "call"> & { arrive(peer?: Partial<PeerFacts>): TestClient };
type Introduction = ConnectAsk & { readonly device: TestDevice; readonly peer?: Partial<PeerFacts> };

export interface Guest {
  readonly client: TestClient;
  readonly hello: HelloOk;
  /** Its device token. */
  readonly token: string;
}

/** A device from elsewhere that asks to be paired, is approved by the owner, and is let in. */
export async function introduce(gateway: Place, { peer = AFAR, ...ask }: Introduction): Promise<Guest> {
  const shown = { auth: { token: "test-token" }, ...ask };
  const requestId = requestIdOf(await gateway.arrive(peer).tryConnect(shown));
  await gateway.call("device.pair.approve", { requestId });
  const client = gateway.arrive(peer);
  const hello = payloadOf<HelloOk>(await client.tryConnect(shown));
  return { client, hello, token: hello.auth?.deviceToken ?? "" };
}

/** The request that a device was turned away with; being let in is a failure of the test. */
export function requestIdOf(answer: Parameters<typeof errorOf>[0]): string {
  const { code, details } = errorOf(answer);
  if (code !== "NOT_PAIRED") throw new Error(`refused for another reason: ${code} ${JSON.stringify(details)}`);
  return (details as { readonly requestId: string }).requestId;
}

/** The code of a refusal: `details.code` where there is one. */
export function refusalCode(answer: Parameters<typeof errorOf>[0]): string {
  const { code, details } = errorOf(answer);
  return (details as { readonly code?: string } | undefined)?.code ?? code;
}
