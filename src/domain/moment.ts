/** A moment: whole milliseconds since the Unix epoch, drawn by the shell and handed to the core. */
export type EpochMs = number & { readonly __brand: "EpochMs" };

export const epochMs = (value: number): EpochMs => Math.trunc(value) as EpochMs;

/** The moment `ms` milliseconds after `at` (before it, where negative). */
export const after = (at: EpochMs, ms: number): EpochMs => (at + ms) as EpochMs;
