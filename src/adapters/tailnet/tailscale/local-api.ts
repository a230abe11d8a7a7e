import { request } from "node:http";

/** `absent`: there is no such socket, or nobody behind it. */
export type LocalAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly body: string }
  | { readonly kind: "absent" }
  | { readonly kind: "failed" };

/** The daemon refuses requests for other hosts, so that no page can reach it by a name of its own. */
const HOST = "local-tailscaled.sock";
const MAX_BYTES = 1024 * 1024;

/** Asks Tailscale's daemon on this host, over its Unix socket. */
export function askLocalApi(socketPath: string, path: string, timeoutMs: number): Promise<LocalAnswer> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: `/localapi/v0/${path}`, headers: { Host: HOST }, agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
        if (body.length > MAX_BYTES) asked.destroy();
      });
      response.on("end", () => resolve({ kind: "answered", status: response.statusCode ?? 0, body }));
      response.on("error", () => resolve({ kind: "failed" }));
      response.on("close", () => resolve({ kind: "failed" }));
    });
    asked.on("error", (error: NodeJS.ErrnoException) => resolve({ kind: ["ENOENT", "ECONNREFUSED", "ENOTSOCK"].includes(error.code ?? "") ? "absent" : "failed" }));
    asked.end();
  });
}
