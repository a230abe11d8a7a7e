import type { EpochMs } from "../moment.js";

/** The word by which an agent says that nothing needs attention. */
export const HEARTBEAT_OK = "HEARTBEAT_OK";

/** What was last said to somebody in a heartbeat, by its digest. */
export interface LastSaid {
  readonly digest: string;
  readonly at: EpochMs;
}

export type HeartbeatReply =
  | { readonly kind: "empty" }
  /** All is well. */
  | { readonly kind: "ok" }
  /** The same was said within a day. */
  | { readonly kind: "duplicate"; readonly text: string }
  | { readonly kind: "alert"; readonly text: string };

const DUPLICATE_MS = 86_400_000;

interface ReplyFacts {
  readonly ackMaxChars: number;
  readonly last: LastSaid | undefined;
  readonly now: EpochMs;
  readonly digest: (text: string) => string;
}

/** What an answer to a heartbeat comes to. */
export function judgeReply(answer: string, { ackMaxChars, last, now, digest }: ReplyFacts): HeartbeatReply {
  const { text, isAcknowledged } = withoutToken(answer);
  if (isAcknowledged && text.length <= ackMaxChars) return { kind: "ok" };
  if (text === "") return { kind: "empty" };
  const isRepeated = last !== undefined && now - last.at < DUPLICATE_MS && last.digest === digest(text);
  return { kind: isRepeated ? "duplicate" : "alert", text };
}

/** Emphasis, tags and a full stop that models put around a word. */
const WRAPPING = /^(?:<\/?[a-z]{1,10}>|[*_`~\s.!])*$/iu;
const MAX_WRAPPING = 64;

/** The answer without the word at its beginning or its end; in the middle it is a word like others. */
export function withoutToken(answer: string): { readonly text: string; readonly isAcknowledged: boolean } {
  let text = answer.trim();
  let isAcknowledged = false;
  for (;;) {
    const first = text.indexOf(HEARTBEAT_OK);
    if (first < 0) return { text, isAcknowledged };
    const last = text.lastIndexOf(HEARTBEAT_OK);
    const [before, behind] = [text.slice(0, first), text.slice(last + HEARTBEAT_OK.length)];
    if (isWrapping(before)) text = trimmedStart(text.slice(first + HEARTBEAT_OK.length));
    else if (isWrapping(behind)) text = text.slice(0, last).trim();
    else return { text, isAcknowledged };
    isAcknowledged = true;
  }
}

const isWrapping = (text: string): boolean => text.length <= MAX_WRAPPING && WRAPPING.test(text);

/** What closed the wrapping of a word that is gone goes with it. */
const trimmedStart = (text: string): string => text.replace(/^(?:<\/[a-z]{1,10}>|[*_`~.!]+)?\s*/iu, "").trim();
