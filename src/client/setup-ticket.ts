import { decodeSetupCode } from "../domain/pairing/setup-code.js";
import type { CredentialStore, StoredToken } from "./credentials.js";
import { parseFingerprint } from "./endpoint.js";
import { ConnectError } from "./errors.js";

/** What a setup code says beside the secret in it. */
export interface SetupCodeFacts {
  /** The gateway's addresses, in the order in which they are tried. */
  readonly urls: readonly string[];
  /** Milliseconds since the epoch, by the gateway's clock. */
  readonly expiresAtMs?: number;
  /** SHA-256 of the certificate to expect there, as lower-case hex. */
  readonly tlsFingerprint?: string;
}

/** More addresses than this in one code are not tried: each may cost the whole timeout. */
const MAX_ADDRESSES = 8;

function readCode(text: string): { readonly facts: SetupCodeFacts; readonly bootstrapToken: string } | undefined {
  const code = decodeSetupCode(text);
  if (!code) return undefined;
  const { url, urls = [], bootstrapToken, expiresAtMs, tlsFingerprint: pin } = code;
  const tlsFingerprint = pin === undefined ? undefined : parseFingerprint(pin);
  // A pin that cannot be read must not become none.
  if (pin !== undefined && tlsFingerprint === undefined) return undefined;
  const facts: SetupCodeFacts = {
    urls: [...new Set([...urls, url])].slice(0, MAX_ADDRESSES),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    ...(tlsFingerprint === undefined ? {} : { tlsFingerprint }),
  };
  return { facts, bootstrapToken };
}

/** Where a setup code leads and until when, to be shown or kept before it is used. `undefined` for what is no setup code. */
export const parseSetupCode = (text: string): SetupCodeFacts | undefined => readCode(text)?.facts;

/** A setup code on its way to its one use. Its secret is forgotten with it. */
export class SetupTicket {
  readonly facts: SetupCodeFacts;
  #bootstrapToken: string | undefined;
  readonly #issued = new Map<string, StoredToken>();

  /** Throws a {@link ConnectError} for what is no setup code. */
  constructor(text: string) {
    const code = readCode(text);
    if (!code) throw badCode("This is no setup code. Copy all of it, as `openclaw devices invite` prints it.");
    this.facts = code.facts;
    this.#bootstrapToken = code.bootstrapToken;
  }

  /** Absent once the code was used. */
  get bootstrapToken(): string | undefined {
    return this.#bootstrapToken;
  }

  /** `now`: by the gateway's clock. */
  hasExpired(now: number): boolean {
    return this.facts.expiresAtMs !== undefined && now >= this.facts.expiresAtMs;
  }

  spend(): void {
    this.#bootstrapToken = undefined;
  }

  /** The app's store over a memory of this ticket's own: no second code would bring back what a full disk did not keep. */
  storeOver(inner: CredentialStore | undefined): CredentialStore {
    const slot = (role: string, endpoint: string): string => JSON.stringify([role, endpoint]);
    return {
      load: async (role, endpoint) => (await inner?.load(role, endpoint)) ?? this.#issued.get(slot(role, endpoint)),
      save: async (token) => {
        this.#issued.set(slot(token.role, token.endpoint), token);
        await inner?.save(token);
      },
      clear: async (role, endpoint) => {
        this.#issued.delete(slot(role, endpoint));
        await inner?.clear(role, endpoint);
      },
    };
  }
}

/** A setup code that cannot be used like this. The code itself is never quoted: it is a secret. */
export const badCode = (message: string): ConnectError => new ConnectError({ code: "BAD_SETUP_CODE", message, url: "" });
