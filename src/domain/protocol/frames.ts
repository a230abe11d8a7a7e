import { Type, type Static } from "@sinclair/typebox";
import { ErrorShape } from "./errors.js";
import { StateVersion } from "./snapshot.js";

const NonEmpty = Type.String({ minLength: 1 });

/** The longest id of a request, in characters: every response repeats it. */
export const MAX_REQUEST_ID = 512;

export const RequestFrame = Type.Object(
  {
    type: Type.Literal("req"),
    id: Type.String({ minLength: 1, maxLength: MAX_REQUEST_ID }),
    method: NonEmpty,
    params: Type.Optional(Type.Unknown()),
    traceparent: Type.Optional(Type.String({ maxLength: 128 })),
    expectedProfileId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  },
  { additionalProperties: false },
);
export type RequestFrame = Static<typeof RequestFrame>;

export const ResponseFrame = Type.Object(
  {
    type: Type.Literal("res"),
    id: NonEmpty,
    ok: Type.Boolean(),
    payload: Type.Optional(Type.Unknown()),
    error: Type.Optional(ErrorShape),
  },
  { additionalProperties: false },
);
export type ResponseFrame = Omit<Static<typeof ResponseFrame>, "error"> & { error?: ErrorShape };

export const EventFrame = Type.Object(
  {
    type: Type.Literal("event"),
    event: NonEmpty,
    payload: Type.Optional(Type.Unknown()),
    seq: Type.Optional(Type.Integer({ minimum: 0 })),
    stateVersion: Type.Optional(StateVersion),
  },
  { additionalProperties: false },
);
export type EventFrame = Static<typeof EventFrame>;
