import { epochMs, type EpochMs } from "../moment.js";

/** The last moment that a date can name. */
export const LAST_MOMENT = 8.64e15;

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/iu;
const DIGITS = /^\d{12,16}$/u;

/** An ISO 8601 date or moment, or milliseconds since the epoch as a text. Without a zone it is UTC. `undefined` for all else. */
export function parseMoment(text: string): EpochMs | undefined {
  const trimmed = text.trim();
  if (DIGITS.test(trimmed)) return inRange(Number(trimmed));
  const [, date, time = "00:00", zone = "Z"] = ISO.exec(trimmed) ?? [];
  if (date === undefined) return undefined;
  const offset = zone.length === 3 ? `${zone}:00` : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  return inRange(Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${offset}`));
}

const inRange = (ms: number): EpochMs | undefined => (ms >= 0 && ms <= LAST_MOMENT ? epochMs(ms) : undefined);

export const renderMoment = (at: EpochMs): string => new Date(at).toISOString();
