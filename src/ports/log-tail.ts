export interface LogPage {
  readonly file: string;
  /** Byte offset to pass to the next read. */
  readonly cursor: number;
  readonly size: number;
  readonly lines: readonly string[];
  /** Older lines were left out to stay inside the limits. */
  readonly truncated: boolean;
  /** The cursor pointed past the end (the log was rotated), so reading began anew. */
  readonly reset: boolean;
}

export interface LogTail {
  /** The newest lines after `cursor`, or the newest of all without one. At most `limit` lines and `maxBytes` bytes; whole lines only. */
  read(page: { cursor?: number; limit: number; maxBytes: number }): Promise<LogPage>;
}
