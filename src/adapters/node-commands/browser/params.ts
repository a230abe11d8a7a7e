import { readA2uiJsonl, readA2uiMessages, type A2uiMessage } from "../../../domain/canvas/a2ui.js";
import { fieldsOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import type { NodeCommandOutcome } from "../../../ports/node-command.js";

export type Wrong = Extract<NodeCommandOutcome, { kind: "failed" }>;

const wrong = (message: string): Wrong => ({ kind: "failed", code: "INVALID_REQUEST", message });

export const isWrong = (value: object): value is Wrong => (value as { kind?: unknown }).kind === "failed";

/** The place of the page's window, in pixels; what is not given stays as it is. */
export interface Placement {
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
}

export interface Present {
  readonly url?: string;
  readonly placement: Placement;
}

export interface SnapshotWish {
  readonly format: "png" | "jpeg";
  readonly maxWidth?: number;
  /** Of a JPEG, in percent. */
  readonly quality: number;
}

const MIN_SIZE = 64;
const MAX_SIZE = 4_096;
const MAX_OFFSET = 10_000;
const MAX_SCRIPT = 1_000_000;
const DEFAULT_QUALITY = 90;

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, Math.round(value)));

const numberOf = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

export function readPresent(params: unknown): Present | Wrong {
  const fields = fieldsOf(params ?? {});
  if (!fields) return wrong("The params of canvas.present are an object: { url?, placement? }.");
  const { url, placement = {} } = fields;
  if (url !== undefined && url !== null && typeof url !== "string") return wrong("url is a text: an http(s) URL, or a path of the canvas.");
  const place = fieldsOf(placement);
  if (!place) return wrong("placement is an object: { x?, y?, width?, height? } in pixels.");
  const odd = Object.keys(PLACES).find((key) => place[key] !== undefined && numberOf(place[key]) === undefined);
  if (odd !== undefined) return wrong(`placement.${odd} is a number of pixels.`);
  return { ...(typeof url === "string" ? { url } : {}), placement: placementOf(place) };
}

const PLACES = { x: [-MAX_OFFSET, MAX_OFFSET], y: [-MAX_OFFSET, MAX_OFFSET], width: [MIN_SIZE, MAX_SIZE], height: [MIN_SIZE, MAX_SIZE] } as const;

const placementOf = (place: Fields): Placement =>
  Object.fromEntries(Object.entries(PLACES).flatMap(([key, [min, max]]) => {
    const value = numberOf(place[key]);
    return value === undefined ? [] : [[key, clamp(value, min, max)]];
  }));

export function readUrl(params: unknown): string | Wrong {
  const url = fieldsOf(params ?? {})?.["url"] ?? "";
  return typeof url === "string" ? url : wrong("canvas.navigate needs a url: an http(s) URL, or a path of the canvas.");
}

export function readScript(params: unknown): string | Wrong {
  const script = textOf(fieldsOf(params)?.["javaScript"]);
  if (script === undefined) return wrong("canvas.eval needs javaScript: the text of a script.");
  return script.length <= MAX_SCRIPT ? script : wrong(`The script is longer than ${MAX_SCRIPT} characters: split it.`);
}

export function readSnapshot(params: unknown): SnapshotWish | Wrong {
  const fields = fieldsOf(params ?? {});
  if (!fields) return wrong("The params of canvas.snapshot are an object: { format?, maxWidth?, quality? }.");
  const { format: asked = "png", maxWidth, quality } = fields;
  const format = asked === "jpg" ? "jpeg" : asked;
  if (format !== "png" && format !== "jpeg") return wrong('format is "png" or "jpeg".');
  const width = numberOf(maxWidth);
  if (maxWidth !== undefined && maxWidth !== null && (width === undefined || width < 1)) return wrong("maxWidth is a number of pixels.");
  const share = numberOf(quality);
  if (quality !== undefined && quality !== null && (share === undefined || share < 0 || share > 100)) return wrong("quality is a number from 0 to 1.");
  return {
    format,
    ...(width === undefined ? {} : { maxWidth: clamp(width, MIN_SIZE, MAX_SIZE) }),
    // Some callers count in percent.
    quality: share === undefined ? DEFAULT_QUALITY : clamp(share > 1 ? share : share * 100, 1, 100),
  };
}

/** A2UI messages, as the text of a JSON Lines file or as a list. */
export function readA2ui(params: unknown): readonly A2uiMessage[] | Wrong {
  const { jsonl, messages } = fieldsOf(params) ?? {};
  if (typeof jsonl !== "string" && !Array.isArray(messages)) return wrong("Send A2UI messages: jsonl, one message a line, or messages, a list of them.");
  const [read, unit] = typeof jsonl === "string" ? [readA2uiJsonl(jsonl), "Line"] as const : [readA2uiMessages(messages), "Message"] as const;
  return read.ok ? read.messages : wrong(`${unit} ${read.line}${read.key === "" ? "" : `, ${read.key}`}: ${read.message}`);
}
