import { after, type EpochMs } from "../../moment.js";

export const DECISIONS = ["allow-once", "allow-always", "deny"] as const;
export type ExecDecision = (typeof DECISIONS)[number];

/** What a person is asked to decide on. What whoever asked left out is `null`. */
export interface ApprovalAsk {
  /** The command as a text. */
  readonly command: string;
  /** Its words, from clients that name them; they decide what may run then, and the text is made from them. */
  readonly argv: readonly string[] | null;
  readonly cwd: string | null;
  /** Where it is to run: `node`, `gateway` or what else clients call such a place. */
  readonly host: string | null;
  readonly nodeId: string | null;
  readonly security: string | null;
  readonly ask: string | null;
  readonly agentId: string | null;
  readonly resolvedPath: string | null;
  readonly sessionKey: string | null;
  /** Variables that the command brings along. */
  readonly env: Readonly<Record<string, string>> | null;
}

/** A question to a person, and what came of it. */
export interface Approval {
  readonly id: string;
  readonly ask: ApprovalAsk;
  /** Who asked, and alone may use it. */
  readonly principal: string;
  readonly createdAtMs: EpochMs;
  /** Until when somebody can decide. */
  readonly expiresAtMs: EpochMs;
  readonly decided?: { readonly decision: ExecDecision; readonly at: EpochMs };
  /** The idempotency key of the one run that it let through. */
  readonly usedBy?: string;
}

export const DEFAULT_APPROVAL_MS = 120_000;
export const MAX_APPROVAL_MS = 60 * 60_000;
/** How long after the decision the run may begin. */
export const USABLE_MS = 5 * 60_000;
/** A node's rule for the case that nobody answers holds only where somebody had the time to: who asks also says how long the question stands. */
export const FAIR_WAIT_MS = 30_000;
/** Questions that wait at once, of everybody together. */
export const MAX_WAITING = 256;
export const MAX_COMMAND = 16_384;
export const MAX_ID = 128;

export const isDecision = (text: string): text is ExecDecision => (DECISIONS as readonly string[]).includes(text);

export const isWaiting = ({ decided, expiresAtMs }: Approval, now: EpochMs): boolean => decided === undefined && now < expiresAtMs;

/** The moment from which nobody needs to know of it any more. */
export const forgottenAt = ({ decided, expiresAtMs }: Approval): EpochMs => after(decided?.at ?? expiresAtMs, USABLE_MS);
