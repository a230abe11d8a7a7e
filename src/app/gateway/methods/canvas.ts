import { invalidRequest, unavailable } from "../../../domain/protocol/errors.js";
import type { CanvasPass } from "../canvas-desk.js";
import { done, refused, type Caller, type Handlers } from "../call.js";
import type { Services } from "../services.js";

/** The one surface of protocol 4 that this gateway has. */
const CANVAS = "canvas";

/** How a node goes on showing the canvas when what it was given has expired. */
export function canvasHandlers({ canvas }: Services): Handlers<"node.pluginSurface.refresh" | "node.canvas.capability.refresh"> {
  const passFor = ({ peer }: Caller): CanvasPass | undefined => (peer === undefined ? undefined : canvas.pass(peer));
  const none = () => refused(unavailable("this gateway shows no canvas; set canvasHost.enabled to change that"));
  return {
    "node.pluginSurface.refresh": ({ surface }, caller) => {
      if (surface !== CANVAS) return refused(invalidRequest(`unknown surface; this gateway has "${CANVAS}"`));
      const pass = passFor(caller);
      return pass === undefined ? none() : done({ surface, pluginSurfaceUrls: { [CANVAS]: pass.url }, expiresAtMs: pass.expiresAtMs });
    },
    "node.canvas.capability.refresh": (_, caller) => {
      const pass = passFor(caller);
      return pass === undefined ? none() : done({ canvasCapability: pass.capability, canvasCapabilityExpiresAtMs: pass.expiresAtMs, canvasHostUrl: pass.url });
    },
  };
}
