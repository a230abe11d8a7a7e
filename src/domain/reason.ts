/** What an error says of itself; whatever else was thrown, as a text. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The same with where it came from, for a log that somebody reads to mend it. */
export const traceOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
