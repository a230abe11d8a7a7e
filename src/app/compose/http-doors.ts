import type { IncomingMessage, ServerResponse } from "node:http";
import type { Settings } from "../../domain/settings.js";
import type { GateParts } from "../http/caller-gate.js";
import type { GatewayCalls } from "../http/gateway-calls.js";
import type { Ids } from "../../ports/ids.js";
import type { Log } from "../../ports/log.js";

interface DoorParts extends Omit<GateParts, "trustedProxies"> {
  readonly ids: Ids;
  readonly log: Log;
  readonly calls: GatewayCalls;
  readonly settings: () => Settings;
}

type Route = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Hooks and the OpenAI-compatible API. Most gateways have neither, so their code is loaded with the first request while
 * one of them is on.
 */
export function httpDoors(parts: DoorParts): Route {
  let doors: Promise<readonly Route[]> | undefined;
  return (request, response) => {
    const { hooks, http } = parts.settings();
    const [path = ""] = (request.url ?? "").split("?", 1);
    const isMeant = (hooks !== undefined && path.startsWith(`${hooks.path}/`)) || (http.chatCompletions && path === "/v1/chat/completions");
    if (!isMeant) return false;
    doors ??= open(parts);
    void doors.then((routes) => {
      if (!routes.some((route) => route(request, response))) response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("Not found");
    });
    return true;
  };
}

async function open(parts: DoorParts): Promise<readonly Route[]> {
  const [{ HookDoor }, { ChatDoor }] = await Promise.all([import("../http/hooks.js"), import("../http/chat-completions.js")]);
  const gate = { ...parts, trustedProxies: () => parts.settings().trustedProxies };
  return [
    new HookDoor({ ...gate, settings: () => parts.settings().hooks }).handle,
    new ChatDoor({ ...gate, auth: () => parts.settings().auth, isOn: () => parts.settings().http.chatCompletions }).handle,
  ];
}
