import { HANDSHAKE_MS } from "../../../src/app/gateway/connection.js";
import { LANE_LIMIT, WORK_LIMIT } from "../../../src/app/gateway/lanes.js";
import { MAX_IN_FLIGHT } from "../../../src/app/gateway/requests.js";
import { holds } from "../../../src/domain/access/scopes.js";
import { DEDUPE_LIMITS } from "../../../src/domain/idempotency/dedupe-window.js";
import { HARD_BUFFER_BYTES, SOFT_BUFFER_BYTES } from "../../../src/domain/events/slow-reader.js";
import { DELTA_INTERVAL_MS } from "../../../src/domain/events/delta-throttle.js";
import { MAX_REQUEST_ID } from "../../../src/domain/protocol/frames.js";
import { MAX_NESTING } from "../../../src/domain/protocol/nesting.js";
import { SCOPES, type Scope } from "../../../src/domain/protocol/scopes.js";
import { POLICY, PREAUTH_MAX_PAYLOAD } from "../../../src/domain/protocol/version.js";
import { eventFrame, EVENT_EXAMPLES, METHOD_EXAMPLES, requestFrame, responseFrame } from "../examples.js";
import { code, json, paragraphs, table } from "./markdown.js";

const REFUSED = {
  type: "res",
  id: "1",
  ok: false,
  error: {
    code: "FORBIDDEN",
    message: "missing scope: operator.admin",
    details: { code: "MISSING_SCOPE", missingScope: "operator.admin", requiredScopes: ["operator.admin"] },
  },
};

export const renderFrames = (): string =>
  paragraphs([
    "## Frames",
    "One WebSocket carries everything. Each message is one JSON object; the gateway sends text messages and takes text and binary ones (UTF-8). There are three kinds of frame, and none has a key beyond those named here.",
    "A **request** has an `id` of the client's choosing, which its response repeats. Ids in use at the same time must differ.",
    json(requestFrame("set-heartbeats", METHOD_EXAMPLES["set-heartbeats"].params)),
    "A **response** has `ok`. Where it is false, `error` says why: `code` from the table below, `message` for people, `details.code` for programs, `retryable` and `retryAfterMs` where trying again can help. Responses come in the order in which work ends, not in that of the requests. `agent` has two responses under one id.",
    json(responseFrame(METHOD_EXAMPLES["set-heartbeats"].result)),
    json(REFUSED),
    "An **event** is told unasked. `seq` counts the events of this connection from 1 without a hole: a jump means that some were dropped because the client read too slowly, and that what they told must be fetched anew. Events to one connection alone, such as the challenge, have no `seq`. `presence` and `health` carry the versions of both.",
    json(eventFrame("presence", EVENT_EXAMPLES.presence)),
  ]);

const ERROR_ROWS: readonly (readonly [string, string])[] = [
  ["INVALID_REQUEST", "the request can't be served as it is: frame, method, params, role, or what it names does not exist"],
  ["UNAVAILABLE", "it could be served at another time: see `retryable` and `retryAfterMs`"],
  ["FORBIDDEN", "protocol 4: the caller lacks a scope; protocol 3 hears INVALID_REQUEST with the same message"],
  ["NOT_PAIRED", "the device has to be approved first"],
  ["NOT_LINKED", "the account of a channel is not logged in"],
  ["AGENT_TIMEOUT", "a run was stopped at its time limit"],
  ["APPROVAL_NOT_FOUND", "protocol 4: no such approval waits"],
];

const ANY_METHOD_ROWS: readonly (readonly [string, string])[] = [
  ["INVALID_REQUEST", "`invalid request frame: …` (the response's id is the frame's, or `invalid`)"],
  ["INVALID_REQUEST", "`unknown method: …`; `connect is only valid as the first request`"],
  ["INVALID_REQUEST", "`unauthorized role: …`: an operator's method called by a node or the other way round; after ten of these the connection is closed"],
  ["INVALID_REQUEST", "`invalid <method> params: …`, with the path of each wrong value"],
  ["INVALID_REQUEST", "the request's id is still in use on this connection"],
  ["FORBIDDEN", "`missing scope: …`, `details.code` `MISSING_SCOPE` (protocol 3: INVALID_REQUEST)"],
  ["UNAVAILABLE", "the method is planned (`details.code` `METHOD_NOT_AVAILABLE`)"],
  ["UNAVAILABLE", `more than ${MAX_IN_FLIGHT} requests of this connection are under way; the gateway is shutting down (reads are still served); a fault inside the gateway`],
];

export const renderErrors = (): string =>
  paragraphs([
    "## Errors",
    table(["Code", "Means"], ERROR_ROWS.map(([name, text]) => [code(name), text])),
    "Any method can answer:",
    table(["Code", "Where"], ANY_METHOD_ROWS.map(([name, text]) => [code(name), text])),
    "### Idempotency",
    `A method whose effect is **keyed** takes an \`idempotencyKey\`. A request that is sent again with the same key and the same params is not carried out again: it gets the first one's answer, or hears that it is under way. Another request under the same key is refused (\`details.code\` \`IDEMPOTENCY_CONFLICT\`). Answers are kept for ${DEDUPE_LIMITS.ttlMs / 60_000} minutes, ${DEDUPE_LIMITS.maxEntries} at most. Keys belong to the device that uses them.`,
  ]);

const CLOSE_ROWS: readonly (readonly [string, string, string])[] = [
  ["1000", "none, or `handshake timeout`", "the first message was no JSON, or none came in time"],
  ["1002", "`protocol mismatch`", "the client's protocol range holds neither 3 nor 4: update the older of the two"],
  ["1007", "`invalid UTF-8`", "a binary message was not UTF-8"],
  ["1008", "the error's message", "the handshake was refused: read `error.details` before trying again"],
  ["1008", "`too many pending handshake frames`", "more than 15 messages came while the first was judged"],
  ["1008", "`slow consumer`", "the client reads too slowly: reconnect and fetch the state anew"],
  ["1008", "`repeated unauthorized calls`", "ten calls of methods that the client's role may never call"],
  ["1009", "`preauth payload too large`, or none", "a message above the limit"],
  ["1011", "`handshake failed inside the gateway; retry`", "a fault; its log has the cause"],
  ["1012", "`service restart`", "the gateway ends or restarts: reconnect"],
  ["4001", "`gateway auth changed`", "the device's token was rotated or revoked, or the gateway's secret that opened the connection changed: connect again"],
  ["4001", "`device removed`", "the device was removed: it has to be paired anew"],
];

export const renderCloseCodes = (): string =>
  paragraphs(["## Close codes", table(["Code", "Reason", "Why, and what to do"], CLOSE_ROWS.map(([number, reason, why]) => [number, reason, why]))]);

const DIALECT_ROWS: readonly (readonly [string, string, string])[] = [
  ["`hello-ok.auth`", "only beside a device token", "always, with `method`"],
  ["Canvas address in `hello-ok`", "`canvasHostUrl`", "`pluginSurfaceUrls`"],
  ["An operator that names no scopes", "asks for what its record holds, or for admin when it is new", "asks for none"],
  ["A missing scope", "`INVALID_REQUEST`", "`FORBIDDEN` with `details.code` `MISSING_SCOPE`"],
  ["Message of a pairing refusal", "`pairing required`", "names the reason"],
  ["How far a signature's time may be off", "10 minutes", "2 minutes"],
  ["A signature without a nonce", "on the gateway's own host", "never"],
  ["A changed platform", "does not matter", "asks to be approved again"],
  ["Presence key of an operator", "its device", "its connection"],
  ["Tool steps in `agent` events", "where the session is verbose", "to clients with the capability `tool-events`"],
  ["A repeated `agent` whose run goes on", "`accepted` once more", "`in_flight`"],
  ["A run that timed out", "status `error`, its message in `summary`", "status `timeout`, `summary` `failed` or `aborted`"],
  ["`shutdown` without a restart", "`restartExpectedMs: null`", "left out"],
  ["Another device's rotated token", "in the response", "withheld (`tokenDelivery`)"],
];

export const renderVersions = (): string =>
  paragraphs([
    "## Versions 3 and 4",
    "A client says which protocols it speaks (`minProtocol`, `maxProtocol`); the gateway takes the higher one of 3 and 4 that lies in the range and says so in `hello-ok.protocol`. The number does not tell which methods there are: read `hello-ok.features`. On one connection everything is in one dialect:",
    table(["", "Protocol 3", "Protocol 4"], DIALECT_ROWS),
  ]);

const SCOPE_TEXTS: Readonly<Record<Scope, string>> = {
  "operator.admin": "everything an operator may do",
  "operator.read": "look: status, sessions, transcripts, events of runs",
  "operator.write": "talk: runs, chats, messages through channels",
  "operator.approvals": "decide which commands may run",
  "operator.pairing": "let devices, nodes and senders in",
  "operator.questions": "answer the assistant's questions",
  "operator.talk": "talk mode",
  "operator.talk.secrets": "credentials for talk mode",
};

export const renderScopes = (): string =>
  paragraphs([
    "## Roles and scopes",
    "A connection has one role. **Operators** are people's apps and commands: what they may call depends on the scopes that were approved for them. **Nodes** are devices that offer commands: they may call exactly the methods marked so, whatever scopes they ask for. A client asks for scopes in its connect params and is granted those that its record covers; `hello-ok.auth.scopes` says which.",
    table(
      ["Scope", "Opens", "Holds as well"],
      SCOPES.map((scope) => [code(scope), SCOPE_TEXTS[scope], scope === "operator.admin" ? "every operator scope" : SCOPES.filter((other) => other !== scope && holds([scope], other)).map(code).join(", ")]),
    ),
  ]);

const bytes = (count: number): string => `${count.toLocaleString("en-US")} bytes`;

export const renderLimits = (): string =>
  paragraphs([
    "## Limits",
    table(["What", "Limit"], [
      ["A message before `hello-ok`", bytes(PREAUTH_MAX_PAYLOAD)],
      ["A message after it (`policy.maxPayload`)", bytes(POLICY.maxPayload)],
      ["Time for the handshake", `${HANDSHAKE_MS / 1000} seconds`],
      ["Messages that may wait while the first is judged", "15"],
      ["Unsent bytes above which droppable events are left out", bytes(SOFT_BUFFER_BYTES)],
      ["Unsent bytes above which the connection is closed (`policy.maxBufferedBytes`)", bytes(HARD_BUFFER_BYTES)],
      ["Time between two `tick` events (`policy.tickIntervalMs`)", `${POLICY.tickIntervalMs / 1000} seconds`],
      ["Time between two deltas of one run", `${DELTA_INTERVAL_MS} ms`],
      ["Arrays and objects of a message within each other", `${MAX_NESTING} deep`],
      ["The id of a request", `${MAX_REQUEST_ID} characters`],
      ["Requests of one connection under way", String(MAX_IN_FLIGHT)],
      ["Runs of one session under way or waiting", String(LANE_LIMIT)],
      ["Runs of all sessions", WORK_LIMIT.toLocaleString("en-US")],
      ["An attachment", "5 MB, before base64"],
      ["An idempotency key", "256 characters of printable ASCII"],
      ["A session key", "512 characters"],
    ]),
  ]);
