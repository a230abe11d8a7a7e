import type { ErrorShape } from "../../domain/protocol/errors.js";

/** A method call that the gateway refused; `error` is what a client on the wire would have been sent. */
export class GatewayCallError extends Error {
  readonly code: ErrorShape["code"];
  readonly error: ErrorShape;

  constructor(method: string, error: ErrorShape) {
    super(`${method}: ${error.message}`);
    this.name = "GatewayCallError";
    this.code = error.code;
    this.error = error;
  }
}
