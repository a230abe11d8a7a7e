import { fieldsOf, textOf } from "../../domain/foreign-fields.js";
import type { EpochMs } from "../../domain/moment.js";
import { classifyHost } from "../../client/endpoint.js";
import type { Client } from "../../client/client.js";
import type { Clock } from "../../ports/clock.js";

/** The way in is open for ten minutes after it was last used; asked for again well before. */
const FRESH_MS = 4 * 60_000;
const REFRESH_TIMEOUT_MS = 10_000;

/**
 * Where the gateway shows its canvas to this node: the address in its hello, with the secret in its path that opens it
 * for some minutes. Never to be shown or logged.
 */
export class CanvasBase {
  readonly #client: Client;
  readonly #clock: Clock;
  #known: { readonly url: string; readonly at: EpochMs; readonly connection: string } | undefined;

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Without a slash at its end; `undefined` where the gateway has no canvas, or there is no connection. `renew`: the last one did not open it. */
  async url({ renew = false }: { readonly renew?: boolean } = {}): Promise<string | undefined> {
    const { hello } = this.#client;
    if (!hello) return undefined;
    const said = hello.pluginSurfaceUrls?.["canvas"] ?? hello.canvasHostUrl;
    if (said === undefined) return undefined;
    const connection = hello.server.connId;
    if (this.#known?.connection !== connection) this.#known = { url: said, at: this.#clock.now(), connection };
    const isOld = this.#clock.now() - this.#known.at >= FRESH_MS;
    if (renew || isOld) this.#known = { url: (await this.#refreshed(hello)) ?? this.#known.url, at: this.#clock.now(), connection };
    return this.#reachable(this.#known.url);
  }

  async #refreshed(hello: NonNullable<Client["hello"]>): Promise<string | undefined> {
    const method = (["node.pluginSurface.refresh", "node.canvas.capability.refresh"] as const).find((name) => hello.features.methods.includes(name));
    if (method === undefined) return undefined;
    const params = method === "node.pluginSurface.refresh" ? { surface: "canvas" } : {};
    try {
      const answer = fieldsOf(await this.#client.request(method, params, { timeoutMs: REFRESH_TIMEOUT_MS, whenClosed: "reject" }));
      return textOf(answer?.["canvasHostUrl"]) ?? textOf(fieldsOf(answer?.["pluginSurfaceUrls"])?.["canvas"]);
    } catch {
      // The old one is tried then; the page says whether it opens anything.
      return undefined;
    }
  }

  /** A gateway that takes this node for a neighbour of its own names itself by loopback: it is where this node dialled. */
  #reachable(text: string): string | undefined {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
    const dialled = this.#client.endpoint;
    if (dialled && !dialled.loopback && classifyHost(url.hostname) === "loopback") url.hostname = dialled.host;
    return url.href.replace(/\/+$/, "");
  }
}
