import { HANDSHAKE_MS } from "../../../src/app/gateway/connection.js";
import { LIMITER_LIMITS } from "../../../src/domain/handshake/limiter.js";
import { RULES } from "../../../src/domain/handshake/rules.js";
import { PAIRING_REASONS, type PairingReason } from "../../../src/domain/handshake/verdict.js";
import { PREAUTH_MAX_PAYLOAD } from "../../../src/domain/protocol/version.js";
import { INVITE_TTL_MS } from "../../../src/domain/pairing/invite.js";
import { MAX_PENDING, PENDING_TTL_MS } from "../../../src/domain/pairing/device.js";
import { FIRST_FRAME_CASES } from "../conformance/first-frames.js";
import { HANDSHAKE_CASES, type Expected } from "../conformance/refusals.js";
import { CONNECT_EXAMPLE, eventFrame, EVENT_EXAMPLES, HELLO_EXAMPLE, requestFrame, responseFrame } from "../examples.js";
import { code, json, paragraphs, table } from "./markdown.js";

/** The refusals that a rule is seen to give in the conformance vectors, each once. */
function refusalsOf(rule: string): readonly Extract<Expected, { kind: "refused" }>[] {
  const seen = new Map<string, Extract<Expected, { kind: "refused" }>>();
  for (const { rule: name, expected } of HANDSHAKE_CASES) {
    if (name === rule && expected.kind === "refused" && !seen.has(expected.message)) seen.set(expected.message, expected);
  }
  return [...seen.values()];
}

const detailsCode = (details: Readonly<Record<string, unknown>>): string => (typeof details["code"] === "string" ? code(details["code"]) : "");

const RULE_ROWS = RULES.flatMap(({ name, when, closeCode }, index) =>
  refusalsOf(name).map((refusal, nth) => [
    nth === 0 ? String(index + 1) : "",
    nth === 0 ? code(name) : "",
    nth === 0 ? when : "",
    code(refusal.code),
    refusal.message,
    detailsCode(refusal.details),
    String(closeCode),
  ]),
);

const FIRST_ROWS = FIRST_FRAME_CASES.map(({ name, error, close }) => [
  name,
  error === null ? "nothing" : `${code(error.code)}: ${error.message}`,
  `${close.code}${close.reason === "" ? ", no reason" : ` ${code(close.reason)}`}`,
]);

const PAIRING_TEXTS: Readonly<Record<PairingReason, string>> = {
  "not-paired": "the device has no record here",
  "role-upgrade": "its record does not have the role it asks for",
  "scope-upgrade": "it asks for a scope that its record, or its token, does not cover",
  "metadata-upgrade": "protocol 4: its platform or device family is not the one that was approved",
};

const PAIRING_ROWS = PAIRING_REASONS.map((reason) => [code(reason), PAIRING_TEXTS[reason], refusalsOf(`pairing-${reason}`)[0]?.message ?? ""]);

const minutes = (ms: number): string => `${ms / 60_000} minutes`;

const DEVICE_ROWS = [
  [code("id"), "lower-case hex SHA-256 of the 32 raw bytes of the public key"],
  [code("publicKey"), "Ed25519, base64url without padding of the 32 raw bytes; SPKI in PEM is read, too"],
  [code("signature"), "base64url without padding, over the payload below; standard base64 is read, too"],
  [code("signedAt"), "milliseconds since the epoch; protocol 4 takes the `ts` of the challenge, so that a wrong clock does not matter"],
  [code("nonce"), "the `nonce` of this socket's challenge"],
];

const PAYLOAD_ROWS = [
  ["v1", "`v1\\|deviceId\\|clientId\\|clientMode\\|role\\|scopes\\|signedAt\\|token`", "protocol 3 on the gateway's own host, where it sends no nonce"],
  ["v2", "v1's fields, then the nonce", "protocols 3 and 4"],
  ["v3", "v2's fields, then platform and device family", "protocols 3 and 4; tried first"],
].map(([version = "", fields = "", accepted = ""]) => [code(version), fields.replaceAll("\\|", "|"), accepted]);

const SETUP_ROWS = [
  [code("url"), "the gateway's address"],
  [code("urls"), "optional: all of its addresses, in the order in which to try them"],
  [code("bootstrapToken"), "the secret"],
  [code("expiresAtMs"), "optional: when it ends, in milliseconds since the epoch by the gateway's clock"],
  [code("tlsFingerprint"), "optional: SHA-256 of the gateway's certificate; a client that is told it trusts no other, whatever an authority says"],
];

export const renderHandshake = (): string =>
  paragraphs([
    "## Handshake",
    "The upgrade itself is refused with 400 or 403 where its `Host` or `Origin` is neither the gateway's own nor an allowed one, with 404 where its path is not the gateway's, and with 503 and `Retry-After` where too many peers are still in their handshake or the gateway is going down.",
    `The gateway speaks first, with a challenge. The client answers with a \`connect\` request; nothing else is taken before it. The response is \`hello-ok\`, or a refusal and a close. A connection that is not through after ${HANDSHAKE_MS / 1000} seconds is closed with 1000. Until then, a message may have ${PREAUTH_MAX_PAYLOAD} bytes.`,
    json(eventFrame("connect.challenge", EVENT_EXAMPLES["connect.challenge"])),
    json(requestFrame("connect", CONNECT_EXAMPLE)),
    json(responseFrame(HELLO_EXAMPLE)),
    "### The first message",
    table(["First message", "Response", "Close"], FIRST_ROWS),
    "A close reason is the error's message, cut to 120 bytes between characters.",
    "### The device",
    "A device is an Ed25519 key pair that the client makes once and keeps. Its part of the connect params:",
    table(["Field", "Value"], DEVICE_ROWS),
    "What it signs is one text, its fields joined by a bar, nothing escaped:",
    table(["Payload", "Fields", "Accepted from"], PAYLOAD_ROWS),
    "`role` is `operator` where the params leave it out. `scopes` are joined by commas as sent. `token` is the first there is of `auth.token`, `auth.deviceToken` and `auth.bootstrapToken`, never the password. Platform and device family are trimmed and their ASCII letters lower-cased. `generated/conformance/signatures.json` has keys, payloads and signatures to try an implementation against.",
    "### The rules",
    "The first rule that applies ends the connection. `generated/conformance/refusals.json` has frames for each of them.",
    table(["#", "Rule", "Applies where", "Code", "Message", "`details.code`", "Close"], RULE_ROWS),
    "`details.recommendedNextStep` says what mends it, `details.canRetryWithDeviceToken` whether the stored device token is worth one more try, `retryAfterMs` how long to wait.",
    `${LIMITER_LIMITS.maxFailures} wrong credentials of one kind from one address within ${LIMITER_LIMITS.windowMs / 1000} seconds lock that kind for that address for ${minutes(LIMITER_LIMITS.lockMs)}. The gateway's own host is never locked, but waits longer after each wrong one. A browser on that host counts as a stranger.`,
    "### Pairing",
    "Who has passed the rules with a device is measured by the device's record. What the record does not cover becomes a request that an operator approves (`device.pair.approve`, or `openclaw devices approve <requestId>` on the gateway's host); the connection is refused with `NOT_PAIRED`, `details.code` `PAIRING_REQUIRED`, and closed with 1008.",
    table(["`details.reason`", "Where", "Message, protocol 4"], PAIRING_ROWS),
    `Protocol 3 hears \`pairing required\` in each case. \`details\` also holds \`requestId\`, \`deviceId\`, \`requestedRole\`, \`requestedScopes\`, \`approveCommand\`, \`expiresAtMs\` and, where there is a record, \`approvedRoles\` and \`approvedScopes\`. Asking again while the request waits gives the same request. It is forgotten after ${minutes(PENDING_TTL_MS)}; at most ${MAX_PENDING} wait at once. The close reason ends in \`(requestId: <requestId>)\`; where the message has no room before it, \`pairing required\` stands there alone. For protocol 3 the reason is the message and the command that approves the request.`,
    "A header of the upgrade, `x-openclaw-scopes`, narrows what is asked for to the scopes that it names, separated by commas, before anything is made of it.",
    "A program on the gateway's own host that knows the gateway's secret and is no browser is approved without asking, unless the owner switched that off.",
    "An operator that shows the secret without a device is let in with no scopes: it may call `health` and nothing else.",
    "### Setup codes",
    `A device need not ask where the owner invites it. A setup code (\`device.pair.setupCode\`, or \`openclaw devices invite\`) is base64url without padding of a JSON object, as text or as a QR code; \`oc-pair://\` may stand before it, and blanks in it do not count. \`generated/conformance/setup-codes.json\` has texts to try a reader on.`,
    table(["Field", "Value"], SETUP_ROWS),
    "The code counts only as the credential that is signed: beside a `token` or `deviceToken` it is not looked at.",
    `The device connects with \`auth.bootstrapToken\` and no other credential, signs it as its \`token\`, and is approved for the roles and scopes of the code's profile. Of the scopes it asks for, those beyond the profile are not granted. The code is good once, within ${minutes(INVITE_TTL_MS)}; later, and for a role that it does not open, it is refused with \`AUTH_BOOTSTRAP_TOKEN_INVALID\`. \`hello-ok.auth.deviceToken\` is the device's token for the role it connected in, and \`hello-ok.auth.deviceTokens\` holds those of its other roles: from then on it connects with these.`,
  ]);
