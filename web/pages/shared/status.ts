import type { ClientState } from "../../../src/client/browser/index.js";
import { ConnectError } from "../../../src/client/browser/index.js";
import { refusalCode } from "../../../src/client/refusal-table.js";
import type { HelloOk } from "../../../src/domain/protocol/hello.js";

/** What a page shows of its connection. */
export type Status =
  | { readonly kind: "connecting" }
  | { readonly kind: "open"; readonly hello: HelloOk }
  /** The owner has to approve this device; the page goes on by itself. `command` does it. */
  | { readonly kind: "waiting-approval"; readonly command: string; readonly expiresAtMs?: number }
  /** Nothing goes on without a person. `code`: what is wrong, see `texts.refusals`. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  /** The next attempt comes at `until`, in milliseconds since the epoch. */
  | { readonly kind: "offline"; readonly until: number; readonly code: string };

const PAIRING = "PAIRING_REQUIRED";

/** What a client's state means to a person. `before` stands while an attempt is under way that nobody wants to hear of. */
export function statusOf(state: ClientState, before: Status): Status {
  switch (state.kind) {
    case "open":
      return { kind: "open", hello: state.hello };
    case "paused":
      return refusedBy(state.why);
    case "waiting": {
      const { why, until } = state;
      if (!(why instanceof ConnectError)) return { kind: "offline", until, code: why.code };
      const code = refusalCode(why);
      const { pairing } = why;
      if (code === PAIRING && pairing) return { kind: "waiting-approval", command: pairing.command, ...(pairing.expiresAtMs === undefined ? {} : { expiresAtMs: pairing.expiresAtMs }) };
      // It goes on trying when the time is over, but a person should know what is wrong.
      if (code === "AUTH_RATE_LIMITED") return { kind: "refused", code, message: why.message };
      return { kind: "offline", until, code };
    }
    case "connecting":
      return before.kind === "waiting-approval" || before.kind === "offline" ? before : { kind: "connecting" };
    default:
      return { kind: "connecting" };
  }
}

function refusedBy(why: Error): Status {
  if (!(why instanceof ConnectError)) return { kind: "refused", code: "NO_IDENTITY", message: why.message };
  return { kind: "refused", code: refusalCode(why), message: why.message };
}
