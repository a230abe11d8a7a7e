import type { Gateway } from "../compose/create-gateway.js";
import type { ListenOptions } from "../compose/listen-options.js";
import type { Log } from "../../ports/log.js";
import { codeOf } from "./refusal.js";

/** Makes the canvas ready. It is served on the gateway's port in any case, so nothing here keeps the gateway from starting. */
export async function openCanvas({ canvas }: Gateway, at: ListenOptions, log: Log): Promise<void> {
  try {
    await canvas.prepare();
  } catch (error) {
    log.warn("the canvas's folder cannot be made; see canvasHost.root", { code: codeOf(error) ?? "unknown" });
  }
  try {
    const { url } = await canvas.listen(at);
    log.info("canvas ready", { url });
  } catch (error) {
    log.warn("the canvas has no port of its own, only the gateway's; choose another with canvasHost.port", { port: at.port, code: codeOf(error) ?? "unknown" });
  }
}
