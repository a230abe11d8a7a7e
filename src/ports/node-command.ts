import type { Cancel } from "./cancel.js";

/** What a gateway and its clients know how to read; written as `CODE: sentence` where people see it. */
export type NodeFaultCode =
  | "INVALID_REQUEST"
  | "UNAVAILABLE"
  | "TIMEOUT"
  | "PAYLOAD_TOO_LARGE"
  | "SYSTEM_RUN_DENIED"
  | "CANVAS_DISABLED"
  | "CAMERA_DISABLED"
  | "LOCATION_DISABLED"
  | "LOCATION_TIMEOUT"
  | "LOCATION_UNAVAILABLE";

export type NodeCommandOutcome =
  /** `payload` is JSON; none where there is nothing to tell. */
  | { readonly kind: "done"; readonly payload?: unknown }
  /** `message` is a whole sentence without the code, and free of secrets. */
  | { readonly kind: "failed"; readonly code: NodeFaultCode; readonly message: string };

/** What comes with one call of a command. */
export interface NodeCall {
  /** Aborted when whoever asked gave up, their time is up, or the node ends. What the command began ends with it. */
  readonly cancel: Cancel;
  /** The same in every attempt at the same call. The node answers a repeated key by itself: a command hears of each once. */
  readonly idempotencyKey?: string;
  /** The conversation that the call belongs to. */
  readonly sessionKey?: string;
  /** What is there to be read before the end, for callers that follow. Any length; may be lost. */
  progress(text: string): void;
  /** Tells the gateway of something, as `node.event`. May be lost where the connection is. */
  tell(event: string, payload: Readonly<Record<string, unknown>>): void;
}

/** Something a node can do, under the name that it declares to the gateway. */
export interface NodeCommand {
  /** Such as `system.run`. */
  readonly name: string;
  /** Whether this host can do it now. Asked before each connection; a node does not declare what it cannot do. */
  available(): Promise<boolean>;
  /** `params` are what anybody may have sent. Never rejects for what is wrong outside: that is `failed`. Ends soon after {@link NodeCall.cancel}. */
  run(params: unknown, call: NodeCall): Promise<NodeCommandOutcome>;
  /** Ends what it keeps open: processes, browsers. May be called more than once, and nothing is run afterwards. */
  close?(): Promise<void>;
}
