import { createHmac } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SlackChannel } from "../../src/adapters/channels/slack/channel.js";
import { parseSlackConfig } from "../../src/adapters/channels/slack/config.js";
import { judgeSignature } from "../../src/adapters/channels/slack/webhook.js";
import { after } from "../../src/domain/moment.js";
import type { Webhook, WebhookAnswer } from "../../src/ports/channel.js";
import { TestChannelHost } from "../../src/testing/test-channel-host.js";
import { SlackServer } from "../stand-ins/slack-server.js";
import { ADA, ADA_CHAT, BOT_USER_ID, TEAM_ID } from "../stand-ins/slack-workspace.js";

// C1: whoever can reach the gateway can post to this path. Each test ends by showing that Slack itself is still heard.

const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";

let host: TestChannelHost;
let server: SlackServer;
let channel: SlackChannel;
let webhook: Webhook;
let told = 0;

beforeEach(async () => {
  host = new TestChannelHost();
  server = await SlackServer.start({ now: () => host.clock.now(), signingSecret: SECRET });
  const parsed = parseSlackConfig({ mode: "http", botToken: server.botToken, signingSecret: SECRET, apiUrl: server.apiUrl }, "default", {});
  if (!("config" in parsed)) throw new Error(JSON.stringify(parsed.issues));
  channel = new SlackChannel(parsed.config);
  if (channel.webhook === undefined) throw new Error("there is no route");
  ({ webhook } = channel);
  await channel.start(host);
  await host.until("the channel is live", () => channel.status().state === "live");
});

afterEach(async () => {
  const [before, signs] = [host.envelopes.length, host.signs];
  const honest = body("honest");
  expect(await post(honest, headersFor(honest))).toMatchObject({ status: 200 });
  expect([host.envelopes.length, host.signs]).toEqual([before + 1, signs + 1]);
  await channel.stop(after(host.clock.now(), 1_000));
  await server.close();
});

function body(text: string): string {
  told += 1;
  const ts = `1790000000.${String(told).padStart(6, "0")}`;
  const event = { type: "message", channel: ADA_CHAT, channel_type: "im", user: ADA, text, ts, event_ts: ts };
  return JSON.stringify({ type: "event_callback", team_id: TEAM_ID, event_id: `Ev${told}`, authorizations: [{ team_id: TEAM_ID, user_id: BOT_USER_ID, is_bot: true }], event });
}

const headersFor = (text: string, secret = SECRET, seconds = Math.floor(host.clock.now() / 1_000)): Record<string, string> => ({ "content-type": "application/json", ...server.sign(text, secret, seconds) });
const post = (text: string, headers: Record<string, string>): Promise<WebhookAnswer> => webhook.handle({ method: "POST", headers, query: "", body: new TextEncoder().encode(text) });

async function refused(text: string, headers: Record<string, string>): Promise<void> {
  const [before, signs] = [host.envelopes.length, host.signs];
  const answer = await post(text, headers);
  expect(answer.status).toBe(401);
  expect([host.envelopes.length, host.signs]).toEqual([before, signs]);
  // The refusal must not help the next attempt.
  expect(JSON.stringify(answer)).not.toMatch(/[0-9a-f]{32}|honest|forged/u);
}

test("C1: a signature that is missing, somebody else's, or one for something else", async () => {
  const text = body("forged");
  const good = headersFor(text);
  const signature = good["x-slack-signature"] ?? "";
  const { "x-slack-signature": _, ...unsigned } = good;
  const { "x-slack-request-timestamp": __, ...undated } = good;
  const wrong = [
    unsigned, undated, { "content-type": "application/json" }, headersFor(text, "another"), headersFor(text, ""), headersFor(`${text} `), headersFor(""),
    { ...good, "x-slack-request-timestamp": String(Number(good["x-slack-request-timestamp"]) + 1) },
    ...["", "v0=", "v0", "=", `v0=${"0".repeat(64)}`, signature.slice(0, -1), `${signature}0`, `${signature}`.replace("v0", "v1")].map((one) => ({ ...good, "x-slack-signature": one })),
  ];
  for (const headers of wrong) await refused(text, headers);
});

test("C1: the right signature in another spelling", async () => {
  const text = body("forged");
  const good = headersFor(text);
  const hex = (good["x-slack-signature"] ?? "").slice(3);
  const spellings = [
    `v0=${hex.toUpperCase()}`, `V0=${hex}`, `v0=${hex}=`, `v0=${hex}=${hex}`, `v0=0x${hex}`, ` v0=${hex}`, `v0=${hex} `, `v0=${hex}\n`, `v0= ${hex}`, hex, `sha256=${hex}`, `v0=${hex},v0=${hex}`,
    `v0=${Buffer.from(hex, "hex").toString("base64")}`, `v0=${Buffer.from(hex, "hex").toString("base64url")}`, `v0=${encodeURIComponent(hex)}%00`, `v0=${hex.replace("a", "\u0430")}\u200b`,
  ];
  for (const spelling of spellings) await refused(text, { ...good, "x-slack-signature": spelling });
});

test("C1: a moment that is too long ago, still to come, or written in another way", async () => {
  const text = body("forged");
  const now = Math.floor(host.clock.now() / 1_000);
  for (const seconds of [now - 301, now + 301, now - 86_400, now + 86_400, 0, 1]) await refused(text, headersFor(text, SECRET, seconds));
  // Signed as written, so that the spelling alone is what is wrong.
  const written = [`0${now}`, `+${now}`, ` ${now}`, `${now} `, `${now}.0`, `${now}e0`, `0x${now.toString(16)}`, `-${now}`, `${now}000`, "NaN", "Infinity", "", "\uff11\uff17\uff19\uff10\uff10\uff10\uff10\uff10\uff10\uff10"];
  for (const seconds of written) {
    const signature = `v0=${createHmac("sha256", SECRET).update(`v0:${seconds}:${text}`).digest("hex")}`;
    await refused(text, { ...headersFor(text), "x-slack-request-timestamp": seconds, "x-slack-signature": signature });
  }
  for (const seconds of [now - 299, now + 299]) {
    const fine = body("fine");
    expect(await post(fine, headersFor(fine, SECRET, seconds))).toMatchObject({ status: 200 });
  }
});

test("C1: a request played once more changes nothing, and is refused once its time is over", async () => {
  const text = body("once");
  const headers = headersFor(text);
  for (let nth = 0; nth < 3; nth += 1) expect(await post(text, headers)).toMatchObject({ status: 200 });
  expect(host.envelopes).toHaveLength(1);
  expect(host.duplicates).toHaveLength(2);
  host.clock.advance(301_000);
  await refused(text, headers);
});

test("C1: a body that says the same in other bytes", async () => {
  const text = body("forged");
  const good = headersFor(text);
  for (const other of [`${text}\n`, ` ${text}`, text.replace("{", "{ "), text.replace("forged", "f\\u006frged"), JSON.stringify({ more: 1, ...(JSON.parse(text) as object) }), `\ufeff${text}`]) await refused(other, good);
  const form = "payload=%7B%7D&a=1&b=2";
  const signed = { ...headersFor(form), "content-type": "application/x-www-form-urlencoded" };
  for (const other of ["a=1&payload=%7B%7D&b=2", "payload=%7b%7d&a=1&b=2", "payload={}&a=1&b=2", `${form}&`]) await refused(other, signed);
});

test("C1: a press and a command are signed like anything else: nobody presses for somebody else, and no field is added", async () => {
  const at = `1790000000.${String((told += 1)).padStart(6, "0")}`;
  const press = { type: "block_actions", user: { id: ADA, name: "ada" }, team: { id: TEAM_ID }, container: { type: "message", message_ts: at, channel_id: ADA_CHAT }, channel: { id: ADA_CHAT, name: "directmessage" }, actions: [{ type: "button", action_id: "button-0", action_ts: at, value: "yes" }] };
  const form = (payload: object): string => new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const asForm = (headers: Record<string, string>): Record<string, string> => ({ ...headers, "content-type": "application/x-www-form-urlencoded" });
  const text = form(press);
  const good = asForm(headersFor(text));
  for (const other of [form({ ...press, user: { id: "U00000EVE" } }), form({ ...press, actions: [{ ...press.actions[0], value: "forged" }] }), `${text}&payload=%7B%7D`, `x=1&${text}`, text.replace("payload", "Payload")]) await refused(other, good);
  await refused(text, asForm(headersFor(text, "another")));
  await refused("command=%2Fforged&user_id=U1&channel_id=D1&trigger_id=1", good);
  // What is no press of a button of ours is taken and says nothing, signed as it may be.
  for (const odd of [{}, { ...press, type: "view_submission" }, { ...press, actions: [{ type: "static_select", action_ts: at, value: "forged" }] }, { ...press, actions: "x" }, { ...press, user: null }, { ...press, channel: { id: {} }, container: {} }, { ...press, actions: [{ type: "button", action_ts: "__proto__", value: "forged" }] }]) {
    const body = form(odd);
    expect(await post(body, asForm(headersFor(body)))).toMatchObject({ status: 200 });
  }
  expect(host.envelopes).toEqual([]);
  for (let nth = 0; nth < 2; nth += 1) expect(await post(text, good)).toMatchObject({ status: 200 });
  expect(host.envelopes).toMatchObject([{ sender: { id: ADA }, chat: { id: ADA_CHAT }, body: { kind: "press", data: "yes" } }]);
});

test("C1: one changed bit anywhere, and any other headers", async () => {
  const text = body("forged");
  const good = headersFor(text);
  const bytes = new TextEncoder().encode(text);
  const now = host.clock.now();
  fc.assert(fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
    const changed = bytes.map((byte, nth) => (nth === at ? byte ^ (1 << bit) : byte));
    expect(judgeSignature({ headers: good, body: changed }, SECRET, now)).toBe("wrong");
  }));
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (signature, seconds) => {
    expect(judgeSignature({ headers: { "x-slack-signature": signature, "x-slack-request-timestamp": seconds }, body: bytes }, SECRET, now)).not.toBe("valid");
  }));
});

test("C1: without a secret there is no route, and nothing signed with an empty one is valid", async () => {
  expect(parseSlackConfig({ mode: "http", botToken: "xoxb-1", signingSecret: "" }, "default", { SLACK_SIGNING_SECRET: " " })).toMatchObject({ issues: [{ path: "channels.slack.signingSecret" }] });
  const careless = new SlackChannel({ mode: "http", accountId: "default", botToken: "xoxb-1", signingSecret: "", apiUrl: server.apiUrl, webhookPath: "/slack/events" });
  expect(careless.webhook).toBeUndefined();
  const bySocket = parseSlackConfig({ botToken: "xoxb-1", appToken: "xapp-1", signingSecret: SECRET }, "default", {});
  expect("config" in bySocket && new SlackChannel(bySocket.config).webhook).toBeUndefined();
  const text = body("forged");
  expect(judgeSignature({ headers: headersFor(text, ""), body: new TextEncoder().encode(text) }, "", host.clock.now())).toBe("missing");
});

test("C1: a stranger learns nothing by asking for what Slack asks for", async () => {
  const challenge = JSON.stringify({ type: "url_verification", challenge: "tell me" });
  await refused(challenge, { "content-type": "application/json" });
  await refused("ssl_check=1", { "content-type": "application/x-www-form-urlencoded" });
  expect(await webhook.handle({ method: "GET", headers: {}, query: "challenge=x", body: new Uint8Array() })).toEqual({ status: 405, headers: { allow: "POST" } });
});

test("C1 X7: a body beyond the cap is refused whatever its signature, and one that can't be read is not an exception", async () => {
  expect(webhook.maxBytes).toBe(1_048_576);
  const huge = "x".repeat(1_048_577);
  expect(await post(huge, headersFor(huge))).toMatchObject({ status: 413 });
  for (const text of ["", "{", "null", "[]", "\"x\"", "[".repeat(50_000), "{\"type\":\"url_verification\",\"challenge\":{}}"]) expect((await post(text, headersFor(text))).status).toBe(400);
  for (const text of ["{}", "{\"event\":null}", "{\"type\":\"event_callback\",\"event\":{\"type\":\"__proto__\"}}", "{\"__proto__\":{\"event\":1}}"]) expect((await post(text, headersFor(text))).status).toBe(200);
  const broken = new Uint8Array([0xff, 0xfe, 0x00]);
  const signature = createHmac("sha256", SECRET).update(`v0:${Math.floor(host.clock.now() / 1_000)}:`).update(broken).digest("hex");
  const headers = { ...headersFor(""), "x-slack-signature": `v0=${signature}` };
  expect(await webhook.handle({ method: "POST", headers, query: "", body: broken })).toMatchObject({ status: 400 });
});
