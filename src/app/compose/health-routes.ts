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
    return (path === PROCESS || path === TAKING) && answerProbe(request, response, path === PROCESS || isReady());
  };

/** 200 or 503, and nothing else to learn from it. */
export function answerProbe(request: IncomingMessage, response: ServerResponse, isSo: boolean): true {
  const isQuestion = request.method === "GET" || request.method === "HEAD";
  const ok = isQuestion && isSo;
  response.writeHead(ok ? 200 : isQuestion ? 503 : 405, { "content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff" });
  response.end(JSON.stringify({ ok }));
  return true;
}
