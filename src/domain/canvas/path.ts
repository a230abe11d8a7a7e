/** What a request for the canvas is for. */
export type CanvasTarget =
  /** `segments` are names inside the folder, each safe to be one. `asFolder`: the path ended in a slash. */
  | { readonly kind: "file"; readonly area: CanvasArea; readonly segments: readonly string[]; readonly asFolder: boolean }
  | { readonly kind: "live" }
  /** A capability without a path behind it. */
  | { readonly kind: "front" }
  /** What names nothing here, or could name something elsewhere. */
  | { readonly kind: "nothing" };

export type CanvasArea = "canvas" | "a2ui";

export interface CanvasRequest {
  readonly target: CanvasTarget;
  /** What stands before the area: nothing, or a capability. Never ends in a slash. */
  readonly base: string;
  readonly capability?: string;
  /** With its question mark, or empty. */
  readonly query: string;
}

/** Older apps ask under the name that the project had before, and there for live reload without its last underscores. */
const ROOT = /^\/__(?:openclaw|clawdbot)__(?=\/)|^\/__clawdbot(?=\/ws$)/;
const CAPABILITY = /^\/cap\/([A-Za-z0-9_-]{24})(?=\/|$)/;
const AREA = /^\/(canvas|a2ui)(?=\/|$)/;

const NOTHING: CanvasTarget = { kind: "nothing" };
const MAX_LENGTH = 2_048;
const MAX_DEPTH = 32;
const MAX_NAME = 255;
// Control characters, and what is a separator, a stream or a drive on one system or another.
// oxlint-disable-next-line no-control-regex -- the point is to refuse them
const UNSAFE = /[\u0000-\u001f\u007f/\\:]/;
const ENCODED = /%[0-9a-f]{2}/i;
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

export const CANVAS_PATH = "/__openclaw__/canvas/";
export const LIVE_PATH = "/__openclaw__/ws";
export const capabilityPath = (capability: string): string => `/__openclaw__/cap/${capability}`;

/** Whether a target is under the canvas's names at all, whatever it asks for there. */
export const isCanvasPath = (target: string): boolean => ROOT.test(target.split("?", 1)[0] ?? "");

/** Reads a request's target; `undefined` for whatever is not under the canvas's names. */
export function parseCanvasTarget(target: string): CanvasRequest | undefined {
  const [path = "", ...asked] = target.split("?");
  const root = ROOT.exec(path);
  if (root === null) return undefined;
  const given = CAPABILITY.exec(path.slice(root[0].length));
  const base = given === null ? "" : path.slice(0, root[0].length + given[0].length);
  return {
    target: target.length > MAX_LENGTH ? NOTHING : targetOf(path.slice(base.length), given !== null),
    base,
    query: asked.length === 0 ? "" : `?${asked.join("?")}`,
    ...(given?.[1] === undefined ? {} : { capability: given[1] }),
  };
}

function targetOf(path: string, isBelowCapability: boolean): CanvasTarget {
  if (isBelowCapability && (path === "" || path === "/")) return { kind: "front" };
  const root = ROOT.exec(path);
  if (root === null) return NOTHING;
  const rest = path.slice(root[0].length);
  if (rest === "/ws") return { kind: "live" };
  const area = AREA.exec(rest)?.[1] as CanvasArea | undefined;
  if (area === undefined) return NOTHING;
  const names = rest.slice(area.length + 1).split("/").slice(1);
  const asFolder = names.at(-1) === "";
  const segments = (asFolder ? names.slice(0, -1) : names).map(safeName);
  if (segments.length > MAX_DEPTH || !segments.every((name) => name !== undefined)) return NOTHING;
  return { kind: "file", area, segments, asFolder };
}

/**
 * A path's segment as the name of one file or folder, decoded once. Hidden files are none of a page's business; a name
 * that is still encoded after that was encoded twice to be decoded by somebody behind us.
 */
function safeName(segment: string): string | undefined {
  const name = decoded(segment);
  return name !== undefined && isSafe(name) ? name : undefined;
}

const isSafe = (name: string): boolean =>
  name !== "" && name.length <= MAX_NAME && !UNSAFE.test(name) && !ENCODED.test(name) && !name.startsWith(".") && !/[. ]$/.test(name) && !DEVICE.test(name);

/** The names on the way to a file of the canvas, as somebody who writes there calls it; `undefined` for what no page could ask for. */
export function canvasFileSegments(path: string): readonly string[] | undefined {
  const segments = path.replace(/^\//, "").split("/");
  return segments.length <= MAX_DEPTH && segments.every(isSafe) ? segments : undefined;
}

/** `undefined` for what is not UTF-8, overlong forms included. */
function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
