export interface CanvasFileRow {
  /** From the canvas's front, with slashes and without one at its beginning: `reports/may.html`. */
  readonly path: string;
  readonly bytes: number;
}

export type CanvasFileText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "too-large"; readonly bytes: number };

/**
 * The files that the canvas's pages are made of, for whoever edits them. `segments` are safe names, as
 * `canvasFileSegments` gives them. Links, devices and hidden files are none of them. Each call rejects with the system's
 * error where the folder can't be used.
 */
export interface CanvasFiles {
  /** By path, at most so many. */
  list(limit: number): Promise<readonly CanvasFileRow[]>;
  /** What is not UTF-8 is read as far as it can be. */
  read(segments: readonly string[], maxBytes: number): Promise<CanvasFileText>;
  /** Whole or not at all; folders on the way are made. `blocked`: a folder stands where the file should, or something else where a folder should. */
  write(segments: readonly string[], text: string): Promise<"written" | "blocked">;
  /** Whether there was one. */
  remove(segments: readonly string[]): Promise<boolean>;
}
