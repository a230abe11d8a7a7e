/** Why the daemon ends before it serves, in whole sentences. */
export interface Refusal {
  readonly exitCode: number;
  readonly reason: string;
}

/** Told by shape: such errors may come from another realm. */
export const codeOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : undefined;
