/** What an error says of itself; whatever else was thrown, as a text. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
