import { html, type TemplateResult } from "lit";
import { Store } from "./store.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const precise = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const number = new Intl.NumberFormat("en");

/** Changes now and then, so that what says "a minute ago" stays true. */
export const clock = new Store(Date.now());
setInterval(() => clock.set(Date.now()), 15 * SECOND);

export const count = (value: number): string => number.format(value);

/** `1 thing`, `2 things`. */
export const plural = (value: number, one: string, many: string): string => `${count(value)} ${value === 1 ? one : many}`;

/** `3 minutes ago`, `in 2 hours`. */
export function ago(at: number, now = Date.now()): string {
  const distance = at - now;
  const size = Math.abs(distance);
  if (size < 45 * SECOND) return distance > 5 * SECOND ? relative.format(Math.round(distance / SECOND), "second") : "just now";
  if (size < 45 * MINUTE) return relative.format(Math.round(distance / MINUTE), "minute");
  if (size < 22 * HOUR) return relative.format(Math.round(distance / HOUR), "hour");
  return relative.format(Math.round(distance / DAY), "day");
}

/** `850 ms`, `12 s`, `3 min`, `5 h 20 min`, `2 d 4 h`. */
export function span(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
  if (ms < DAY) return two(Math.floor(ms / HOUR), "h", Math.floor((ms % HOUR) / MINUTE), "min");
  return two(Math.floor(ms / DAY), "d", Math.floor((ms % DAY) / HOUR), "h");
}

const two = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  `${large} ${largeUnit}${small === 0 ? "" : ` ${small} ${smallUnit}`}`;

export const moment = (at: number): string => short.format(at);

/** A moment as a person says it; the whole of it on hovering. */
export const when = (at: number): TemplateResult => html`<time datetime=${isoOf(at)} title=${precise.format(at)}>${ago(at)}</time>`;

const isoOf = (at: number): string => new Date(at).toISOString();

/** Enough of an id to tell it from others by the eye. */
export const brief = (id: string): string => (id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`);

/** `sessionKey` → `Session key`. */
export function words(name: string): string {
  const spaced = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[_-]+/g, " ").trim();
  const lower = spaced.split(" ").map((word) => (/^[A-Z\d]{2,}$/.test(word) ? word : word.toLowerCase())).join(" ");
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}
