import type { Envelope } from "../../domain/messaging/envelope.js";
import type { LaneMessage } from "../../domain/messaging/lane-plan.js";
import type { Route } from "../../domain/messaging/routing.js";
import type { Spoken } from "../../domain/messaging/speech.js";

/** A message that is to be answered. */
export interface Arrival extends LaneMessage {
  readonly key: string;
  readonly envelope: Envelope;
  readonly route: Route;
  readonly streaming: "off" | "draft";
  /** What was said in its chat since the last answer; asked once, when its turn comes. */
  readonly history: () => readonly Spoken[];
}
