import { mimes } from "mrmime";

/** What text formats are called that the table does not know. */
const FURTHER: ReadonlyMap<string, string> = new Map([["jsonl", "application/jsonl"], ["ndjson", "application/jsonl"], ["log", "text/plain"], ["ts", "text/plain"], ["tsx", "text/plain"], ["yml", "text/yaml"]]);
const UNKNOWN = "application/octet-stream";
const IS_TEXT = /^text\/|[/+](?:json|jsonl|xml|javascript)$/;

/** By the name's ending alone, never by what is inside: nobody gets a page by naming it otherwise. Texts are UTF-8. */
export function contentTypeOf(name: string): string {
  const dot = name.lastIndexOf(".");
  const ending = dot <= 0 ? "" : name.slice(dot + 1).toLowerCase();
  // The package's own look-up finds what every object has, such as "constructor".
  const type = FURTHER.get(ending) ?? (Object.hasOwn(mimes, ending) ? mimes[ending] : undefined) ?? UNKNOWN;
  return IS_TEXT.test(type) ? `${type}; charset=utf-8` : type;
}

export const isHtml = (contentType: string): boolean => contentType.startsWith("text/html");
