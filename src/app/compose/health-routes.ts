import type { IncomingMessage, ServerResponse } from "node:http";

const PROCESS = "/healthz";
const TAKING = "/readyz";
/** What no channel may be called at. */
export const HEALTH_PATHS: readonly string[] = [PROCESS, TAKING];

/** `/healthz`: the process answers. `/readyz`: it also takes connections. For whatever supervises it; neither tells anything else. */
export const healthRoutes =
  (isReady: () => boolean) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = (request.url ?? "").split("?", 1)[0];
    if (path !== PROCESS && path !== TAKING) return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      answer(response, 405, { ok: false });
      return true;
    }
    const ok = path === PROCESS || isReady();
    answer(response, ok ? 200 : 503, { ok });
    return true;
  };

function answer(response: ServerResponse, status: number, body: { readonly ok: boolean }): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff" });
  response.end(JSON.stringify(body));
}
