import type { IncomingMessage } from "node:http";

export interface UploadedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The parameters of a call, whichever way they were sent. Those of a form are texts, its objects JSON. */
export interface CallForm {
  readonly fields: Readonly<Record<string, unknown>>;
  /** By the field that it is sent as. */
  readonly files: ReadonlyMap<string, UploadedFile>;
}

/** `undefined` where the body is none of the forms that the Bot API takes, or breaks off. */
export function parseForm({ headers }: IncomingMessage, body: Buffer): CallForm | undefined {
  const type = headers["content-type"] ?? "";
  if (body.length === 0) return { fields: {}, files: new Map() };
  if (type.startsWith("application/json")) {
    try {
      return { fields: JSON.parse(body.toString("utf8")) as Record<string, unknown>, files: new Map() };
    } catch {
      return undefined;
    }
  }
  const boundary = /boundary=([^;]+)/u.exec(type)?.[1];
  return boundary === undefined ? undefined : parseMultipart(body, boundary.replace(/^"|"$/gu, ""));
}

function parseMultipart(body: Buffer, boundary: string): CallForm | undefined {
  const start = Buffer.from(`--${boundary}\r\n`);
  const between = Buffer.from(`\r\n--${boundary}`);
  if (!body.subarray(0, start.length).equals(start)) return undefined;
  const fields: Record<string, unknown> = {};
  const attached = new Map<string, UploadedFile>();
  for (let at = start.length; ;) {
    const end = body.indexOf(between, at);
    if (end < 0) return undefined;
    const part = body.subarray(at, end);
    const head = part.indexOf("\r\n\r\n");
    if (head < 0) return undefined;
    const disposition = /content-disposition:\s*form-data;(.*)/iu.exec(part.subarray(0, head).toString("utf8"))?.[1] ?? "";
    const name = /(?:^|[;\s])name="?([^";\r\n]+)"?/u.exec(disposition)?.[1];
    const fileName = /filename="?([^";\r\n]+)"?/u.exec(disposition)?.[1];
    const value = part.subarray(head + 4);
    if (name === undefined) return undefined;
    if (fileName === undefined) fields[name] = value.toString("utf8");
    else attached.set(name, { name: fileName, bytes: Buffer.from(value) });
    at = end + between.length;
    if (body.subarray(at, at + 2).toString("latin1") === "--") break;
    at += 2;
  }
  const files = new Map<string, UploadedFile>();
  for (const [field, value] of Object.entries(fields)) {
    const file = typeof value === "string" && value.startsWith("attach://") ? attached.get(value.slice("attach://".length)) : undefined;
    if (file !== undefined) files.set(field, file);
  }
  return { fields, files };
}

/** A parameter read as what it should be, whichever way it came. */
export const textArg = ({ fields }: CallForm, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
};

export const numberArg = ({ fields }: CallForm, name: string): number | undefined => {
  const value = fields[name];
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
};

export const flagArg = ({ fields }: CallForm, name: string): boolean => fields[name] === true || fields[name] === "true";

export const objectArg = ({ fields }: CallForm, name: string): unknown => {
  const value = fields[name];
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
};
