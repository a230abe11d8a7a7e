import { judgeEndpoint, parseFingerprint, type Endpoint } from "./endpoint.js";
import { ConnectError } from "./errors.js";
import { SetupTicket } from "./setup-ticket.js";

/** Where the gateway is: its URL, or a setup code that names it. */
export type Whereabouts =
  | {
      /** `ws://127.0.0.1:18789`, `wss://host:port`. Plain `ws://` only to this host, unless `allowPrivateNetwork`. */
      readonly url: string;
      /**
       * Pairs this device on the first connection, as text with or without `oc-pair://`. Where a token of that gateway
       * is stored already that will do for `scopes`, that one is used and the code is not.
       */
      readonly setupCode?: string;
    }
  | { readonly url?: string; readonly setupCode: string };

/** Which addresses a client may dial, and what it may rely on there. */
export interface Addresses {
  readonly endpoints: readonly Endpoint[];
  readonly ticket?: SetupTicket;
  /** The one certificate that is trusted, as lower-case hex. */
  readonly fingerprint?: string;
}

export interface AddressRules {
  readonly allowPrivate: boolean;
  /** As the app gave it; it wins over a setup code's. */
  readonly tlsFingerprint?: string;
  /** Why this platform does not dial an address that is otherwise fine. */
  readonly objection?: (endpoint: Endpoint) => ConnectError | undefined;
}

/**
 * Throws a {@link ConnectError} where credentials must not travel to the URL. Of a setup code's addresses those are left
 * out to which they must not; where none is left, the first one's error is thrown.
 */
export function addressesOf({ url, setupCode }: { url?: string; setupCode?: string }, rules: AddressRules): Addresses {
  const ticket = setupCode === undefined ? undefined : new SetupTicket(setupCode);
  const fingerprint = rules.tlsFingerprint === undefined ? ticket?.facts.tlsFingerprint : readPin(rules.tlsFingerprint, url);
  const verdicts = (url === undefined ? (ticket?.facts.urls ?? []) : [url]).map((one) => judgeAddress(one, rules, fingerprint));
  const endpoints = verdicts.filter((one): one is Endpoint => !(one instanceof ConnectError));
  if (endpoints.length === 0) throw verdicts[0] ?? new ConnectError({ code: "BAD_URL", message: "Give the client the gateway's url, or a setup code.", url: "" });
  return { endpoints, ...(ticket === undefined ? {} : { ticket }), ...(fingerprint === undefined ? {} : { fingerprint }) };
}

function readPin(text: string, url = ""): string {
  const fingerprint = parseFingerprint(text);
  if (fingerprint !== undefined) return fingerprint;
  throw new ConnectError({ code: "BAD_URL", message: "A TLS fingerprint is the SHA-256 of the certificate: 64 hex digits.", url });
}

function judgeAddress(url: string, { allowPrivate, objection }: AddressRules, fingerprint: string | undefined): Endpoint | ConnectError {
  const verdict = judgeEndpoint(url, { allowPrivate });
  if (verdict.kind === "refused") return new ConnectError({ code: verdict.code, message: verdict.message, url });
  const { endpoint } = verdict;
  if (fingerprint !== undefined && !endpoint.secure) {
    return new ConnectError({ code: "INSECURE_URL", message: `A TLS fingerprint needs a wss:// URL, not ${url}.`, url });
  }
  return objection?.(endpoint) ?? endpoint;
}
