export const FAILURE_REASONS = [
  "aborted", "timeout", "rate_limit", "auth", "context_length", "refusal", "network", "not_configured", "unknown",
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Why a run did not end well. `message` is for the person who asked: a whole sentence, free of secrets. */
export interface RunFailure {
  readonly reason: FailureReason;
  readonly message: string;
  readonly provider?: string;
  readonly model?: string;
  readonly httpStatus?: number;
  readonly retryAfterMs?: number;
}
