import { Type, type Static, type TSchema, type TUnsafe } from "@sinclair/typebox";

/**
 * How open an object is. Params are closed, so that a misspelt field is refused rather than ignored; they are
 * `open` where clients of either generation send further optional fields of their own (`agent`, `chat.*`, `wake`,
 * `sessions.list`, `sessions.patch`, `cron.add`, `exec.approval.request`, …). Results and payloads say nothing:
 * a client ignores what it does not know.
 */
export const closed = { additionalProperties: false } as const;
export const open = { additionalProperties: true } as const;

export const Nothing = Type.Object({}, closed);
export const NonEmpty = Type.String({ minLength: 1 });
export const Text = Type.Optional(Type.String());
export const Flag = Type.Optional(Type.Boolean());
/** Milliseconds since the epoch. */
export const Moment = Type.Integer({ minimum: 0 });
export const Count = Type.Integer({ minimum: 0 });
export const DurationMs = Type.Optional(Type.Integer({ minimum: 0 }));
export const SessionKey = Type.String({ minLength: 1, maxLength: 512 });
/** Printable ASCII: the key of a run names it in events, logs and transcripts. */
export const IdempotencyKey = Type.String({ minLength: 1, maxLength: 256, pattern: "^[ -~]*$" });
export const SessionLabel = Type.String({ minLength: 1, maxLength: 512 });
export const AnyObject = Type.Record(Type.String(), Type.Unknown());
export const Strings = Type.Optional(Type.Array(Type.String()));

/** One of these strings. An `enum` keeps refusals short and lets generators make a native enumeration of it. */
export const OneOf = <const V extends readonly string[]>(...values: V): TUnsafe<V[number]> =>
  Type.Unsafe<V[number]>({ type: "string", enum: [...values] });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** An array that the gateway sends: typed readonly, since it is never changed after it was handed over. */
export const List = <T extends TSchema>(item: T): TUnsafe<readonly Static<T>[]> =>
  Type.Unsafe<readonly Static<T>[]>(Type.Array(item));
