import { Type, type Static } from "@sinclair/typebox";
import { ScopeList } from "./scopes.js";
import { Snapshot } from "./snapshot.js";

const NonEmpty = Type.String({ minLength: 1 });

export const HelloAuth = Type.Object(
  {
    deviceToken: Type.Optional(NonEmpty),
    role: NonEmpty,
    scopes: ScopeList,
    issuedAtMs: Type.Optional(Type.Integer({ minimum: 0 })),
    method: Type.Optional(NonEmpty),
    deviceTokens: Type.Optional(
      Type.Array(
        Type.Object(
          { deviceToken: NonEmpty, role: NonEmpty, scopes: ScopeList, issuedAtMs: Type.Optional(Type.Integer({ minimum: 0 })) },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false },
);
export type HelloAuth = Static<typeof HelloAuth>;

export const HelloOk = Type.Object(
  {
    type: Type.Literal("hello-ok"),
    protocol: Type.Integer({ minimum: 1 }),
    server: Type.Object(
      { version: NonEmpty, host: Type.Optional(NonEmpty), connId: NonEmpty },
      { additionalProperties: false },
    ),
    features: Type.Object(
      { methods: Type.Array(NonEmpty), events: Type.Array(NonEmpty) },
      { additionalProperties: false },
    ),
    snapshot: Snapshot,
    /** Protocol 3 only. */
    canvasHostUrl: Type.Optional(NonEmpty),
    /** Protocol 4 only. */
    pluginSurfaceUrls: Type.Optional(Type.Record(NonEmpty, NonEmpty)),
    /** Always present for protocol 4; for protocol 3 only beside a device token. */
    auth: Type.Optional(HelloAuth),
    policy: Type.Object(
      {
        maxPayload: Type.Integer({ minimum: 1 }),
        maxBufferedBytes: Type.Integer({ minimum: 1 }),
        tickIntervalMs: Type.Integer({ minimum: 1 }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type HelloOk = Static<typeof HelloOk>;
