import { Store } from "../shared/store.js";

/** Where somebody is in Control: `#/channels/telegram?tab=letters` is the view `channels`, the rest `telegram`, and params. */
export interface Route {
  readonly view: string;
  /** What follows the view's name, without a slash at its beginning; may be empty. */
  readonly rest: string;
  readonly params: URLSearchParams;
}

export const route = new Store<Route>(parseRoute(location.hash));
addEventListener("hashchange", () => route.set(parseRoute(location.hash)));

/** The address of a view, for links. */
export const linkTo = (view: string, rest = "", params: Readonly<Record<string, string>> = {}): string => {
  const query = new URLSearchParams(params).toString();
  return `#/${view}${rest === "" ? "" : `/${rest.split("/").map(encodeURIComponent).join("/")}`}${query === "" ? "" : `?${query}`}`;
};

/** A fragment that does not begin with a slash names no view: a secret comes in one, and is none of this module's business. */
function parseRoute(hash: string): Route {
  const [path = "", query = ""] = (hash.startsWith("#/") ? hash.slice(2) : "").split("?", 2);
  const [view = "", ...rest] = path.split("/").map(decoded);
  return { view: view === "" ? "overview" : view, rest: rest.join("/"), params: new URLSearchParams(query) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
