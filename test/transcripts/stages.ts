import { createGateway, type Gateway } from "../../src/index.js";
import { AjvFrameValidator } from "../../src/adapters/validation/ajv/index.js";
import { MemoryTransport } from "../../src/adapters/transport/memory/index.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import type { HandClock } from "../../src/testing/hand-clock.js";
import { SocketWire, type Ending, type Wire } from "../support/client.js";
import type { GatewayAsk, PeerAsk, Seat, Stage } from "./player.js";

// Compiling schemas is what costs most in a gateway that lives for a few frames.
const validator = new AjvFrameValidator();

const LOOPBACK = "127.0.0.1";
/** Hand-moved time in one go: a pong from a real client needs real time to come back before the next ping is due. */
const SOCKET_STEP_MS = 10_000;

const gatewayFor = ({ auth = { mode: "token", token: "right" }, autoApproveLocal = true }: GatewayAsk, clock: HandClock): Gateway =>
  createGateway({
    clock,
    validator,
    auth,
    settings: { pairing: { ...DEFAULT_SETTINGS.pairing, autoApproveLocal } },
    version: "1.0.0",
  });

function seatOf(wire: Wire & { readonly messages: readonly string[] }): Seat {
  let ending: Ending | undefined;
  void wire.closed.then((how) => {
    ending = how;
  });
  return {
    messages: wire.messages,
    get ending() {
      return ending;
    },
    send: (message) => wire.send(message),
    leave: () => wire.close(),
  };
}

const callOn = (gateway: Gateway) => (method: string, params: unknown): Promise<unknown> => gateway.call(method as never, params as never);

/** A whole gateway, with its peers in the same process. */
export async function memoryStage(ask: GatewayAsk, clock: HandClock): Promise<Stage> {
  const gateway = gatewayFor(ask, clock);
  const transport = new MemoryTransport({ clock });
  await gateway.serve(transport);
  return {
    partial: false,
    open: ({ address = LOOPBACK, headers = {} }: PeerAsk) => Promise.resolve(seatOf(transport.connect({ address, headers }))),
    settle: () => clock.pass(0),
    pass: (ms) => clock.pass(ms),
    call: callOn(gateway),
    shutdown: () => void gateway.close(),
    end: () => gateway.close(),
  };
}

/** A whole gateway on a port of its own, with real sockets. */
export async function socketStage(ask: GatewayAsk, clock: HandClock): Promise<Stage> {
  const gateway = gatewayFor(ask, clock);
  const { url } = await gateway.listen({ port: 0, allowedOrigins: () => ask.allowedOrigins ?? [] });
  const wires: SocketWire[] = [];
  const settle = async (): Promise<void> => {
    await clock.pass(0);
    await Promise.all(wires.map((wire) => wire.settle()));
  };
  return {
    partial: false,
    open: async ({ headers = {} }) => {
      const wire = await SocketWire.open(url, headers);
      wires.push(wire);
      return seatOf(wire);
    },
    settle,
    pass: async (ms) => {
      for (let left = ms; left > 0; left -= SOCKET_STEP_MS) {
        await settle();
        await clock.pass(Math.min(left, SOCKET_STEP_MS));
      }
      await settle();
    },
    call: callOn(gateway),
    shutdown: () => void gateway.close(),
    end: () => gateway.close(),
  };
}
