import type { CanvasFileRow, CanvasFiles, CanvasFileText } from "../../../ports/canvas-files.js";

const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");

export class MemoryCanvasFiles implements CanvasFiles {
  readonly #texts = new Map<string, string>();

  list(limit: number): Promise<readonly CanvasFileRow[]> {
    const rows = [...this.#texts].map(([path, text]) => ({ path, bytes: bytesOf(text) }));
    return Promise.resolve(rows.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, limit));
  }

  read(segments: readonly string[], maxBytes: number): Promise<CanvasFileText> {
    const text = this.#texts.get(segments.join("/"));
    if (text === undefined) return Promise.resolve({ kind: "missing" });
    const bytes = bytesOf(text);
    return Promise.resolve(bytes > maxBytes ? { kind: "too-large", bytes } : { kind: "text", text });
  }

  write(segments: readonly string[], text: string): Promise<"written" | "blocked"> {
    const path = segments.join("/");
    const above = segments.slice(0, -1).map((_, nth) => segments.slice(0, nth + 1).join("/"));
    const isFolder = [...this.#texts.keys()].some((other) => other.startsWith(`${path}/`));
    if (isFolder || above.some((folder) => this.#texts.has(folder))) return Promise.resolve("blocked");
    this.#texts.set(path, text);
    return Promise.resolve("written");
  }

  remove(segments: readonly string[]): Promise<boolean> {
    return Promise.resolve(this.#texts.delete(segments.join("/")));
  }
}
