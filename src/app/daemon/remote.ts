import type { Composition } from "../compose/container.js";
import type { Gateway, Listening } from "../compose/create-gateway.js";
import type { DaemonParts } from "../compose/daemon-parts.js";
import { TOKENS } from "../compose/tokens.js";

interface Serving {
  readonly parts: DaemonParts;
  readonly composition: Composition;
  readonly bound: Listening;
}

/** Opens the ways in from elsewhere that are configured, beside a gateway that listens already, and closes them with it. */
export function withRemote(gateway: Gateway, { parts, composition, bound }: Serving): Gateway {
  const { mode, resetOnExit } = parts.config.listen().tailscale;
  if (mode === "off") return gateway;
  const door = composition.get(TOKENS.tailnetDoor);
  door.open({ mode, port: bound.port, secure: bound.tlsFingerprint !== undefined });
  return {
    ...gateway,
    close: async (closing) => {
      // A gateway that restarts is not gone: taking the way away for a moment would only break what is on it.
      await door.close({ keep: !resetOnExit || closing?.restartExpectedMs !== undefined });
      await gateway.close(closing);
    },
  };
}
