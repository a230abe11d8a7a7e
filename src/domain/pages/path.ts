/** The web pages that a gateway serves, and which of them a URL means. */
export type PageTarget =
  /** A file of the pages, by its name; it may be missing. */
  | { readonly kind: "file"; readonly name: string }
  /** Where the page really is, relative to what was asked for, so that a proxy may have moved the whole. */
  | { readonly kind: "moved"; readonly to: string };

const ENTRIES: ReadonlyMap<string, string> = new Map([["", "index.html"], ["chat", "chat.html"]]);
/** What the build names: no dots but before an ending, no percent signs, nothing hidden. */
const ASSET = /^assets\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;
const BASE = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/;

/** `""` for the root, otherwise `/some/path` without a slash at its end; `undefined` for what is no path of a URL. */
export function parseBasePath(text: string): string | undefined {
  const trimmed = text.trim().replace(/\/+$/, "");
  if (trimmed === "") return "";
  const path = trimmed.startsWith("/") ? trimmed : `/${trimmed}`;
  return BASE.test(path) ? path : undefined;
}

/** What a request's target means among the pages below `basePath`; `undefined` where it means none of them. */
export function parsePageTarget(target: string, basePath: string): PageTarget | undefined {
  const cut = target.search(/[?#]/);
  const path = cut < 0 ? target : target.slice(0, cut);
  const query = cut < 0 ? "" : target.slice(cut).replace(/#.*$/s, "");
  if (path === basePath && basePath !== "") return { kind: "moved", to: `${basePath.slice(basePath.lastIndexOf("/") + 1)}/${query}` };
  if (!path.startsWith(`${basePath}/`)) return undefined;
  const rest = path.slice(basePath.length + 1);
  const entry = ENTRIES.get(rest);
  if (entry !== undefined) return { kind: "file", name: entry };
  // The page's own links are relative, and would lead elsewhere from there.
  if (rest === "chat/") return { kind: "moved", to: `../chat${query}` };
  return ASSET.test(rest) ? { kind: "file", name: rest } : undefined;
}
