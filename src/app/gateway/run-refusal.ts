import { invalidRequest, unavailable, type ErrorShape } from "../../domain/protocol/errors.js";
import type { RunRefusal } from "./run-desk.js";

const START_ERRORS: Readonly<Record<RunRefusal, ErrorShape>> = {
  "id-taken": invalidRequest("idempotencyKey is in use by another run; use a new UUID for each request"),
  "lane-full": unavailable("too many messages wait in this session; retry when some are answered", { retryable: true, retryAfterMs: 5000 }),
  "all-full": unavailable("too many runs are under way; retry when some have ended", { retryable: true, retryAfterMs: 5000 }),
};

export const startError = (why: RunRefusal): ErrorShape => START_ERRORS[why];
