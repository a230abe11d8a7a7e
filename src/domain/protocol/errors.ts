import { Type, type Static } from "@sinclair/typebox";

export const ERROR_CODES = [
  "NOT_LINKED",
  "NOT_PAIRED",
  "AGENT_TIMEOUT",
  "INVALID_REQUEST",
  "UNAVAILABLE",
  "FORBIDDEN",
  "APPROVAL_NOT_FOUND",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export const ErrorShape = Type.Object(
  {
    code: Type.String({ minLength: 1 }),
    message: Type.String({ minLength: 1 }),
    details: Type.Optional(Type.Unknown()),
    retryable: Type.Optional(Type.Boolean()),
    retryAfterMs: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);
export type ErrorShape = Omit<Static<typeof ErrorShape>, "code"> & { code: ErrorCode };

type Extras = Pick<ErrorShape, "details" | "retryable" | "retryAfterMs">;

export const wireError = (code: ErrorCode, message: string, extras: Extras = {}): ErrorShape => ({ code, message, ...extras });
export const invalidRequest = (message: string, details?: unknown): ErrorShape =>
  details === undefined ? wireError("INVALID_REQUEST", message) : wireError("INVALID_REQUEST", message, { details });
export const unavailable = (message: string, extras: Extras = {}): ErrorShape => wireError("UNAVAILABLE", message, extras);
