import { CANVAS_PATH } from "../../../domain/canvas/path.js";

/** The longest URL that is taken, in UTF-16 units. */
const MAX_LENGTH = 8_192;
/** Where the gateway's own pages are, also under the product's former name. */
const OWN = /^\/__(?:openclaw|clawdbot)__\/(?:canvas|a2ui)\//;
/** The secret that opens the canvas for some minutes stands before them. */
const OPENED = /^\/__(?:openclaw|clawdbot)__\/cap\/[^/]+(?=\/)/;

export const A2UI_PATH = "/__openclaw__/a2ui/";

export type Destination =
  /** `path` is below the canvas's base, which changes while the node runs. */
  | { readonly kind: "canvas"; readonly path: string }
  | { readonly kind: "web"; readonly url: URL }
  /** A whole sentence. */
  | { readonly kind: "refused"; readonly message: string };

const refused = (message: string): Destination => ({ kind: "refused", message });

/**
 * What a caller means by an address: nothing or `/` is the canvas's first page, a path one of its pages, and an `http(s)`
 * URL itself, or the canvas where it leads there. `base`: where the canvas is now, if there is one.
 */
export function readDestination(text: string, base: string | undefined): Destination {
  const given = text.trim();
  if (given.length > MAX_LENGTH) return refused(`The URL is longer than ${MAX_LENGTH} characters: give a shorter one.`);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(given)) return canvasPath(given);
  if (!/^https?:/i.test(given)) return refused("Only http: and https: URLs are shown, and paths of the canvas such as /board.html: put what is to be shown into the canvas's folder.");
  if (!URL.canParse(given)) return refused("That is no URL: give a whole one that begins with https: or http:, or a path of the canvas.");
  const url = new URL(given);
  if (url.username !== "" || url.password !== "") return refused("The URL holds a user name or password, which would be sent to whoever it names: give one without.");
  if (base !== undefined && url.origin === new URL(base).origin) {
    const path = url.pathname.replace(OPENED, "");
    if (OWN.test(path)) return { kind: "canvas", path: `${path}${url.search}${url.hash}` };
  }
  return { kind: "web", url };
}

function canvasPath(given: string): Destination {
  // Read by the parser that reads it again when it is dialled: a second opinion on dots and slashes would be a way out.
  const probe = "http://canvas.invalid";
  const rooted = `/${given.replace(/^[/\\]+/, "")}`;
  const written = OWN.test(rooted) ? rooted : `${CANVAS_PATH}${rooted.slice(1)}`;
  const url = URL.canParse(written, probe) ? new URL(written, probe) : undefined;
  if (!url || url.origin !== probe || !OWN.test(url.pathname)) return refused("That path leads out of the canvas: give one below its folder, such as /board.html.");
  return { kind: "canvas", path: `${url.pathname}${url.search}${url.hash}` };
}

/** Whether a page's address is one of the gateway's own: only those may speak to the assistant. */
export function isOwnPage(url: string, base: string | undefined): boolean {
  if (base === undefined || !URL.canParse(url)) return false;
  const page = new URL(url);
  return page.origin === new URL(base).origin && OWN.test(page.pathname.replace(OPENED, ""));
}
