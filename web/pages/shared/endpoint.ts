/** Where these pages came from. It is the one place that they connect to, whatever stands in their address. */
export interface PageOrigin {
  /** Of the gateway's WebSocket. */
  readonly url: string;
  /** Under which what belongs to this gateway is kept: a proxy may have others beside it. */
  readonly key: string;
}

/** `href`: the page's own address. */
export function pageOrigin(href: string): PageOrigin {
  const base = new URL("./", href);
  const url = `${base.protocol === "https:" ? "wss:" : "ws:"}//${base.host}${base.pathname}`;
  return { url, key: `${base.host}${base.pathname}` };
}

interface Place {
  readonly hash: string;
  readonly pathname: string;
  readonly search: string;
}

interface Past {
  readonly state: unknown;
  replaceState(state: unknown, unused: string, url: string): void;
}

/** A secret that came in the address's fragment, which no server and no log sees. It is taken out of the address at once. */
export function takeFragmentSecret(place: Place, history: Past): string | undefined {
  const params = new URLSearchParams(place.hash.slice(1));
  const secret = params.get("token");
  if (secret === null) return undefined;
  params.delete("token");
  const rest = params.toString();
  history.replaceState(history.state, "", `${place.pathname}${place.search}${rest === "" ? "" : `#${rest}`}`);
  return secret.trim() === "" ? undefined : secret.trim();
}
