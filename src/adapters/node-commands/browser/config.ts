/** Where the gateway's canvas is, and how to speak to the assistant. */
export interface CanvasLink {
  /** Without a slash at its end; a secret is in it. `undefined` where there is no canvas now. `renew`: the last one opened nothing. */
  canvasUrl(options?: { readonly renew?: boolean }): Promise<string | undefined>;
  /** Resolves with whether the gateway took it. */
  tell(event: string, payload: Readonly<Record<string, unknown>>): Promise<boolean>;
}

/** The configuration file's section `node.browser`. */
export interface BrowserConfig {
  /** `false`: this node has no canvas. */
  readonly enabled?: boolean;
  /** A Chromium or a browser made of it; looked for on the `PATH` and in the usual places, unless given. */
  readonly executablePath?: string;
  /** `false` runs pages without the browser's sandbox, which it needs where it runs as root or in most containers. */
  readonly sandbox?: boolean;
  /** Of the page, in pixels: 1280 by 800, unless given. */
  readonly width?: number;
  readonly height?: number;
  /** Hosts, as `host:port`, that are not on the public internet and may be shown all the same; `*` for all of them. The canvas always may. */
  readonly allowPrivateHosts?: readonly string[];
}

export const DEFAULT_WIDTH = 1_280;
export const DEFAULT_HEIGHT = 800;
