import { fieldsOf, type Fields } from "../foreign-fields.js";

/** Where a host is. Degrees, meters, meters a second. */
export interface Fix {
  readonly lat: number;
  readonly lon: number;
  readonly accuracyMeters: number;
  readonly altitudeMeters?: number;
  readonly speedMps?: number;
  readonly headingDeg?: number;
}

/** What nothing says how exact it is. */
const UNKNOWN_ACCURACY_M = 100;
/** Of two decimals of a degree. */
const COARSE_M = 1_500;

const numberOf = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

const first = (fields: Fields, ...names: readonly string[]): number | undefined => names.map((name) => numberOf(fields[name])).find((value) => value !== undefined);

/** A place as programs tell it: in the words of this product, of browsers, or of gpsd's reports. `undefined` for what is none. */
export function readFix(value: unknown): Fix | undefined {
  const fields = fieldsOf(value);
  if (!fields) return undefined;
  const isReport = typeof fields["class"] === "string";
  // gpsd says 2 and 3 where it knows the place, and gives old numbers with 0 and 1.
  if (isReport && (fields["class"] !== "TPV" || (numberOf(fields["mode"]) ?? 0) < 2)) return undefined;
  const lat = first(fields, "lat", "latitude");
  const lon = first(fields, "lon", "lng", "longitude");
  if (lat === undefined || lon === undefined || Math.abs(lat) > 90 || Math.abs(lon) > 180) return undefined;
  const rest = { altitudeMeters: first(fields, "altitudeMeters", "altitude", "altMSL", "alt"), speedMps: first(fields, "speedMps", "speed"), headingDeg: first(fields, "headingDeg", "heading", "track") };
  return {
    lat,
    lon,
    accuracyMeters: Math.max(0, first(fields, "accuracyMeters", "accuracy", "eph", "epx") ?? UNKNOWN_ACCURACY_M),
    ...Object.fromEntries(Object.entries(rest).filter(([, number]) => number !== undefined)),
  };
}

/** The newest place in what a program printed: one JSON text, or one on each line. */
export function fixIn(output: string): Fix | undefined {
  const whole = readFix(parsed(output));
  return whole ?? output.split(/\r?\n/).flatMap((line) => readFix(parsed(line)) ?? []).at(-1);
}

/** About a kilometre, for whoever asked for no more. */
export const coarsened = ({ lat, lon, accuracyMeters }: Fix): Fix => ({ lat: rounded(lat), lon: rounded(lon), accuracyMeters: Math.max(accuracyMeters, COARSE_M) });

const rounded = (degrees: number): number => Math.round(degrees * 100) / 100;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
