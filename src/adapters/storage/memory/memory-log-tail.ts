import type { LogPage, LogTail } from "../../../ports/log-tail.js";

interface Line {
  readonly text: string;
  /** Byte offsets, counting a line end after each line. */
  readonly start: number;
  readonly end: number;
}

/** The newest lines of a log, kept in memory. Offsets count on, as those of a file that is never rotated. */
export class MemoryLogTail implements LogTail {
  readonly #capacity: number;
  readonly #encoder = new TextEncoder();
  #lines: Line[] = [];
  #size = 0;

  /** `capacity` in lines. */
  constructor({ capacity = 2_000 }: { capacity?: number } = {}) {
    this.#capacity = capacity;
  }

  /** Takes one line, with or without its end. */
  write(line: string): void {
    const text = line.endsWith("\n") ? line.slice(0, -1) : line;
    const end = this.#size + this.#encoder.encode(text).length + 1;
    this.#lines.push({ text, start: this.#size, end });
    this.#size = end;
    // Dropping the old in one go costs less than shifting every line.
    if (this.#lines.length >= this.#capacity * 2) this.#lines = this.#lines.slice(-this.#capacity);
  }

  async read({ cursor, limit, maxBytes }: { cursor?: number; limit: number; maxBytes: number }): Promise<LogPage> {
    const reset = cursor !== undefined && cursor > this.#size;
    const from = cursor === undefined || reset ? 0 : cursor;
    const kept = this.#lines.slice(-this.#capacity);
    const fitting = kept.filter(({ start }) => start >= from && start >= this.#size - maxBytes);
    const lines = fitting.slice(-limit);
    const truncated = (lines[0]?.start ?? this.#size) > from;
    return { file: "memory", cursor: this.#size, size: this.#size, lines: lines.map(({ text }) => text), truncated, reset };
  }
}
