import { DEFAULT_SETTINGS } from "../../../domain/default-settings.js";
import type { CanvasSettings } from "../../../domain/settings.js";
import { gatewayVariable, type Env } from "./env.js";
import { absolute } from "./locate.js";
import type { Config } from "./schema.js";

/** How far the canvas's port is from the gateway's, where older apps look for it. */
const PORT_OFFSET = 4;

export function canvasOf({ canvasHost = {} }: Config, env: Env): CanvasSettings {
  const { canvas } = DEFAULT_SETTINGS;
  const { enabled = canvas.enabled, root, liveReload = canvas.liveReload, trustLoopback = canvas.trustLoopback } = canvasHost;
  return {
    enabled: enabled && gatewayVariable(env, "SKIP_CANVAS_HOST") !== "1",
    ...(root === undefined ? {} : { root: absolute(root, env) }),
    liveReload,
    trustLoopback,
  };
}

/** A free port beside a gateway on a free one; `undefined` beyond the last one. */
export function canvasPortOf({ canvasHost }: Config, gatewayPort: number): number | undefined {
  const port = canvasHost?.port ?? (gatewayPort === 0 ? 0 : gatewayPort + PORT_OFFSET);
  return port <= 65_535 ? port : undefined;
}
