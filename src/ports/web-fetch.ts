import type { WebFaultCode } from "../domain/web/web-fault.js";
import type { Cancel } from "./cancel.js";

export interface WebFetchRequest {
  readonly url: string;
  readonly maxBytes: number;
  readonly cancel?: Cancel;
}

/** `reason` is a whole sentence, free of credentials that the URL holds. */
export type WebFetched =
  | {
      readonly kind: "fetched";
      readonly mimeType?: string;
      /** Fit to be shown. */
      readonly fileName?: string;
      /**
       * To be read once, and soon: an unread file is let go of when its time is up. Throws a `WebFault` while it is read
       * where the file outgrows `maxBytes`, breaks off, or is cancelled; what came before was not more than `maxBytes`.
       */
      readonly bytes: AsyncIterable<Uint8Array>;
    }
  | { readonly kind: "refused"; readonly code: WebFaultCode; readonly reason: string };

/**
 * Fetches what a stranger named. Public addresses only, judged where the connection is made and again for each redirect,
 * so that a name cannot change its mind in between. Reads no more than `maxBytes`. A `data:` URL is a file like others,
 * and needs no network.
 */
export interface WebFetch {
  fetch(request: WebFetchRequest): Promise<WebFetched>;
}
