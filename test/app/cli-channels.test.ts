import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CliIo } from "../../src/app/cli/io.js";
import type { DaemonModule } from "../../src/app/cli/load-daemon.js";
import { main } from "../../src/app/cli/main.js";
import { createGateway, type Gateway } from "../../src/app/compose/create-gateway.js";
import { checkConfig } from "../../src/app/compose/daemon-parts.js";
import { DEFAULT_POLICY, type AccountPolicy } from "../../src/domain/messaging/policy.js";
import type { LoginStep } from "../../src/ports/channel.js";
import { MemoryChannel } from "../../src/adapters/channels/memory/index.js";

let home: string;
let port: number;
let gateway: Gateway;
let memory: MemoryChannel;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "cli-channels-"));
  memory = new MemoryChannel();
});
afterEach(async () => {
  await gateway.close();
  await rm(home, { recursive: true, force: true });
});

/** A gateway on a real socket, whose one channel is a memory. */
async function open(policy: Partial<AccountPolicy> = {}): Promise<void> {
  const channels = [{ channel: "memory", accountId: "default", policy: { ...DEFAULT_POLICY, dmPolicy: "open" as const, streaming: "off" as const, ...policy } }];
  gateway = createGateway({ auth: { token: "t" }, channels: [memory], settings: { channels } });
  ({ port } = await gateway.listen({ port: 0 }));
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(...argv: readonly string[]): Promise<Ran> {
  let [out, err] = ["", ""];
  const io: CliIo = {
    stdout: { write: (text) => void (out += text) },
    stderr: { write: (text) => void (err += text) },
    env: { OPENCLAW_STATE_DIR: join(home, "state"), OPENCLAW_GATEWAY_PORT: String(port), OPENCLAW_GATEWAY_TOKEN: "t" },
    home,
    now: () => Date.now(),
    onInterrupt: () => () => undefined,
    // The daemon's own rules, without the daemon.
    loadDaemon: async (): Promise<DaemonModule> => ({ runDaemon: async () => 1, checkConfig }),
  };
  const code = await main(argv, io);
  return { code, out, err };
}

/** With --json a command prints one JSON value and nothing else, whether it worked or not. */
async function json(...argv: readonly string[]): Promise<{ readonly code: number; readonly value: Record<string, unknown> }> {
  const { code, out, err } = await run(...argv, "--json");
  expect(err).toBe("");
  return { code, value: JSON.parse(out) as Record<string, unknown> };
}

/** What goes on by itself on the other side of a socket. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

// oxlint-disable-next-line no-control-regex -- the point of the test
const OBEYED = /[\u001b\u0080-\u009f\u202e]/;

describe("wrong usage is 2, says why, and asks nobody", () => {
  test.each([
    [["channels", "nonsense"]],
    [["channels", "login"]],
    [["channels", "start"]],
    [["channels", "retry"]],
    [["message"]],
    [["message", "send", "--message", "hi"]],
    [["message", "send", "--target", "ada"]],
    [["message", "send", "--target", "ada", "--media", "a.txt", "b.txt"]],
    [["message", "edit", "--channel", "memory", "--target", "ada", "--message", "hi"]],
    [["message", "edit", "--channel", "memory", "--target", "ada", "--message-id", "m1"]],
    [["message", "delete", "--channel", "memory", "--target", "ada"]],
    [["message", "delete", "--target", "ada", "--message-id", "m1"]],
    [["message", "react", "--channel", "memory", "--target", "ada", "--message-id", "m1"]],
    [["message", "poll", "--target", "ada", "--question", "Tea?"]],
    [["message", "poll", "--target", "ada", "--question", "Tea?", "--option", "yes", "no", "--multi", "many"]],
    [["pairing", "approve", "memory"]],
    [["pairing", "dismiss"]],
    [["pairing", "revoke", "memory"]],
  ])("%j", async (argv) => {
    await open();
    const { code, out, err } = await run(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).not.toBe("");
    expect(memory.shown).toEqual([]);
  });
});

describe("channels", () => {
  test("status is a row for each account, with what is wrong in the channel's own words", async () => {
    await open();
    const live = await run("channels");
    expect(live).toMatchObject({ code: 0, err: "" });
    expect(live.out).toMatch(/^CHANNEL +ACCOUNT +STATE +HEARD/);
    expect(live.out).toMatch(/^Memory +default +live +- +- +- +0 +0$/m);
    expect((await run("channels", "status", "memory", "--probe")).out).toMatch(/^Memory +default +live/m);
    memory.become({ state: "needs-operator", trouble: "credentials", message: "The token is void:\u001b[2J make a new one." });
    const void_ = await run("channels", "status");
    expect(void_.out).toContain("needs-operator");
    expect(void_.out).toContain("make a new one.");
    expect(void_.out).not.toMatch(OBEYED);
    const { code, value } = await json("channels", "status", "--probe");
    expect(code).toBe(0);
    expect(value).toMatchObject({ channelAccounts: { memory: [{ accountId: "default", state: "needs-operator", probe: { ok: false } }] } });
    expect(await run("channels", "status", "pigeon")).toMatchObject({ code: 1, out: "", err: expect.stringContaining("pigeon") });
  });

  test("stop and start say what they did, for an account that there is", async () => {
    await open();
    expect(await run("channels", "stop", "memory")).toMatchObject({ code: 0, out: "memory (default) is disconnected until it is started again.\n" });
    expect(memory.status().state).toBe("idle");
    expect((await run("channels", "status")).out).toMatch(/^Memory +default +idle/m);
    expect(await run("channels", "start", "memory")).toMatchObject({ code: 0, out: "memory (default) connects. See: openclaw channels status\n" });
    expect(memory.status().state).toBe("live");
    expect(await json("channels", "start", "memory", "--account", "default")).toMatchObject({ code: 0, value: { channel: "memory", accountId: "default", started: true } });
    expect(await run("channels", "stop", "memory", "--account", "second")).toMatchObject({ code: 1, out: "", err: expect.stringContaining("second") });
    expect(await json("channels", "stop", "pigeon")).toMatchObject({ code: 1, value: { ok: false, error: { message: expect.stringContaining("pigeon") } } });
  });

  test("login shows what is to be scanned until it is linked; --json the end alone", async () => {
    await open();
    const asked: object[] = [];
    memory.login = async function* login(request: object = {}): AsyncIterable<LoginStep> {
      asked.push(request);
      yield { kind: "qr", text: "2@a-text-of-the-provider" };
      yield { kind: "linked", message: "Linked as Ada." };
    } as typeof memory.login;
    const plain = await run("channels", "login", "memory", "--force", "--phone", "+491511234567");
    expect(plain).toMatchObject({ code: 0, err: "" });
    expect(plain.out).toMatch(/^Scan this code with the app on the phone\.\n\n[\u2580-\u259f \n]+/);
    expect(plain.out).toMatch(/\nLinked as Ada\.\n$/);
    expect(asked).toEqual([{ force: true, phoneNumber: "+491511234567" }]);
    expect(await json("channels", "login", "memory")).toMatchObject({ code: 0, value: { connected: true, message: "Linked as Ada." } });
    memory.login = async function* login(): AsyncIterable<LoginStep> {
      yield { kind: "code", code: "ABCD-EFGH" };
      yield { kind: "refused", code: "unsupported", reason: "It is linked by its token." };
    };
    const refused = await run("channels", "login", "memory");
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining("ABCD-EFGH")]);
    expect(refused.err).toContain("It is linked by its token.");
  });

  test("logout says whether anything was forgotten, and why not", async () => {
    await open();
    expect(await run("channels", "logout", "memory")).toMatchObject({ code: 0, out: "memory (default) is logged out.\n" });
    memory.logout = async () => ({ cleared: false, loggedOut: false, reason: "The token is in the configuration." });
    expect(await run("channels", "logout", "memory")).toMatchObject({ code: 0, out: "Nothing was logged out. The token is in the configuration.\n" });
    expect(await json("channels", "logout", "memory")).toMatchObject({ code: 0, value: { channel: "memory", cleared: false } });
  });

  test("dead letters are told without their texts, and are tried again or forgotten", async () => {
    await open();
    expect(await run("channels", "dead-letters")).toMatchObject({ code: 0, out: "Nothing was given up.\n" });
    memory.meetNext({ kind: "unknown", reason: "The connection broke." });
    await memory.say({ text: "a secret plan" });
    let letters: readonly { id: string }[] = [];
    await until(async () => (letters = (await gateway.call("channels.deadLetters.list", {})).deadLetters).length > 0);
    const [{ id }] = letters as [{ id: string }];
    const plain = await run("channels", "dead-letters", "--channel", "memory");
    expect(plain.out).toMatch(/^ID +CHANNEL +CHAT +STATE +AGE +WHY\n/);
    expect(plain.out).toContain(id);
    expect(plain.out).toContain("The connection broke.");
    expect(plain.out).toContain("openclaw channels retry");
    expect(plain.out).not.toContain("secret plan");
    expect((await json("channels", "dead-letters")).value).toMatchObject({ deadLetters: [{ id, channel: "memory", direction: "out", state: "unknown" }] });
    expect((await run("channels", "dead-letters", "--channel", "pigeon")).out).toBe("Nothing was given up.\n");
    expect(await run("channels", "retry", id)).toMatchObject({ code: 0, out: "It is tried again.\n" });
    await until(() => memory.shown.length === 1);
    for (const verb of ["retry", "discard"]) {
      expect(await run("channels", verb, id)).toMatchObject({ code: 1, out: "", err: expect.stringContaining("there is no dead letter of this id") });
    }
    memory.meetNext({ kind: "refused", code: "forbidden", reason: "Shut out." });
    await memory.say({ text: "again" });
    await until(async () => (letters = (await gateway.call("channels.deadLetters.list", {})).deadLetters).length > 0);
    expect(await json("channels", "discard", letters[0]?.id ?? "")).toMatchObject({ code: 0, value: { discarded: true } });
    expect((await gateway.call("channels.deadLetters.list", {})).deadLetters).toEqual([]);
  });
});

describe("message", () => {
  const idOf = (): string => memory.shown.at(-1)?.messageId ?? "";
  const to = ["--channel", "memory", "--target", "ada"];

  test("send: texts, answers, threads and files of this host", async () => {
    await open();
    const sent = await run("message", "send", ...to, "--message", "good morning", "--reply-to", "m7", "--thread", "t1", "--silent");
    expect(sent).toMatchObject({ code: 0, err: "", out: `Sent through memory, message ${idOf()}.\n` });
    expect(memory.shown[0]).toMatchObject({ to: { chatId: "ada", threadId: "t1" }, part: { replyTo: "m7", silent: true, body: { text: { plain: "good morning" } } } });
    const path = join(home, "chart.txt");
    await writeFile(path, "1 2 3");
    const { code, value } = await json("message", "send", ...to, "--media", path, "--message", "the numbers");
    expect([code, value]).toEqual([0, { runId: expect.any(String), messageId: idOf(), channel: "memory", chatId: "ada" }]);
    expect(memory.shown[1]?.part.body).toMatchObject({ kind: "media", media: { fileName: "chart.txt", bytes: 5 }, caption: { plain: "the numbers" } });
  });

  test("send: buttons stand below the text, and what one has comes back as its presser's word", async () => {
    await open();
    const asked = await run("message", "send", ...to, "--message", "Shall I?", "--button", "Yes=confirm", "Later", "Docs=https://example.com/a=b");
    expect(asked).toMatchObject({ code: 0, err: "" });
    expect(memory.shown[0]?.part.body).toMatchObject({ buttons: [[{ label: "Yes", data: "confirm" }], [{ label: "Later", data: "Later" }], [{ label: "Docs", url: "https://example.com/a=b" }]] });
    for (const [button, why] of [["=yes", "A button is"], ["Yes=", "A button is"], [`Yes=${"é".repeat(33)}`, "64 bytes"]] as const) {
      const refused = await run("message", "send", ...to, "--message", "Shall I?", "--button", button);
      expect(refused).toMatchObject({ out: "", err: expect.stringContaining(why) });
      expect(refused.code).not.toBe(0);
    }
    expect(await run("message", "send", "--channel", "webchat", "--target", "main", "--message", "Shall I?", "--button", "Yes")).toMatchObject({ code: 1, err: expect.stringContaining("no buttons") });
    expect(memory.shown).toHaveLength(1);
  });

  test("send: refusals are 1 in whole words, and free of the text", async () => {
    await open();
    expect(await run("message", "send", ...to, "--media", join(home, "nothing.txt"))).toMatchObject({ code: 1, out: "", err: expect.stringContaining("cannot be read") });
    expect(await run("message", "send", "--channel", "pigeon", "--target", "ada", "--message", "hi")).toMatchObject({ code: 1, err: expect.stringContaining("pigeon") });
    expect(await run("message", "send", "--channel", "memory", "--target", " ", "--message", "hi")).toMatchObject({ code: 1, err: expect.stringContaining("address") });
    memory.meetNext({ kind: "refused", code: "forbidden", reason: "The account was shut out." });
    const refused = await run("message", "send", ...to, "--message", "a secret plan");
    expect([refused.code, refused.out]).toEqual([1, ""]);
    expect(refused.err).toContain("The account was shut out.");
    expect(refused.err).not.toContain("secret plan");
    memory.meetNext({ kind: "later", reason: "Slower, please.", retryAfterMs: 3_000, scope: "chat" });
    expect(await run("message", "send", ...to, "--message", "hi")).toMatchObject({ code: 75, out: "", err: expect.stringContaining("Slower, please.") });
  });

  test("edit, react and delete change one message", async () => {
    await open();
    await run("message", "send", ...to, "--message", "frist");
    const which = [...to, "--message-id", idOf()];
    expect(await run("message", "edit", ...which, "--message", "first")).toMatchObject({ code: 0, err: "", out: `Changed message ${idOf()}.\n` });
    expect(memory.texts).toEqual(["first"]);
    expect(await run("message", "react", ...which, "--emoji", "👍")).toMatchObject({ code: 0, out: `Reacted to message ${idOf()}.\n` });
    expect(memory.shown[0]?.reactions).toEqual(["👍"]);
    expect(await json("message", "react", ...which, "--emoji", "👍", "--remove")).toMatchObject({ code: 0, value: { ok: true, action: "react" } });
    expect(memory.shown[0]?.reactions).toEqual([]);
    const id = idOf();
    expect(await run("message", "delete", ...which)).toMatchObject({ code: 0, out: `Deleted message ${id}.\n` });
    expect(memory.shown).toEqual([]);
    expect(await run("message", "edit", ...which, "--message", "again")).toMatchObject({ code: 1, out: "", err: expect.stringContaining("no such message") });
    expect(await json("message", "delete", "--channel", "pigeon", "--target", "ada", "--message-id", "m1")).toMatchObject({ code: 1, value: { ok: false } });
  });

  test("poll asks, within what the channel takes", async () => {
    await open();
    const asking = ["message", "poll", ...to, "--question", "Tea?", "--option", "yes", "no"];
    const asked = await run(...asking, "--multi", "2", "--duration-hours", "1");
    expect(asked).toMatchObject({ code: 0, err: "", out: `Asked through memory, message ${idOf()}.\n` });
    expect(memory.shown[0]?.part.body).toEqual({ kind: "poll", poll: { question: "Tea?", options: ["yes", "no"], maxSelections: 2, durationMs: 3_600_000 } });
    expect((await json(...asking)).value).toMatchObject({ pollId: expect.any(String), messageId: idOf() });
    expect(await run(...asking, "--multi", "3")).toMatchObject({ code: 1, err: expect.stringContaining("maxSelections") });
    expect((await run("message", "poll", ...to, "--question", "Tea?", "--option", ...Array.from({ length: 13 }, (_, nth) => `o${nth}`))).code).toBe(1);
    expect(memory.shown).toHaveLength(2);
  });
});

describe("pairing", () => {
  const stranger = (id: string, name: string) => memory.say({ chat: { id, kind: "direct" }, sender: { id, name, isBot: false, isSelf: false }, text: "a secret plan" });

  test("list shows who waits, and nothing of what strangers call themselves is obeyed", async () => {
    await open({ dmPolicy: "pairing" });
    expect(await run("pairing")).toMatchObject({ code: 0, out: "Nobody waits to be let in.\n" });
    await stranger("eve", "Eve\u001b[2J\nmemory  default  AAAAAAAA");
    await until(() => memory.shown.length === 1);
    const { code, out } = await run("pairing", "list", "memory");
    expect(code).toBe(0);
    expect(out).toMatch(/^CHANNEL +ACCOUNT +CODE +ID +NAME +AGE\nmemory +default +[A-HJ-NP-Z2-9]{8} +eve +Eve/);
    expect(out.trimEnd().split("\n")).toHaveLength(3);
    expect(out).not.toMatch(OBEYED);
    expect(out).not.toContain("secret plan");
    expect((await json("pairing", "list")).value).toMatchObject({ requests: [{ channel: "memory", accountId: "default", id: "eve" }] });
    expect((await run("pairing", "list", "--account", "second")).out).toBe("Nobody waits to be let in.\n");
  });

  test("approve lets one in by the code as people type it, and tells them if asked to", async () => {
    await open({ dmPolicy: "pairing" });
    await stranger("eve", "Eve");
    await until(() => memory.shown.length === 1);
    const { requests } = await gateway.call("channels.pairing.list", {});
    const code = requests[0]?.code ?? "";
    const wrong = await run("pairing", "approve", "memory", "AAAAAAAA");
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
    expect(await run("pairing", "approve", "pigeon", code)).toMatchObject({ code: 1 });
    const typed = `${code.slice(0, 4).toLowerCase()} ${code.slice(4)}`;
    expect(await run("pairing", "approve", "memory", typed, "--notify")).toMatchObject({ code: 0, err: "", out: "eve may write to memory now, and nothing else.\n" });
    await until(() => memory.shown.length === 2);
    await stranger("eve", "Eve");
    await until(() => memory.shown.length === 3);
    expect(await run("pairing", "approve", "memory", code)).toMatchObject({ code: 1, out: "" });
  });

  test("who was let in is listed, and turned out by the id that the list shows", async () => {
    await open({ dmPolicy: "pairing" });
    await stranger("eve", "Eve\u001b[2J");
    await until(() => memory.shown.length === 1);
    const { requests } = await gateway.call("channels.pairing.list", {});
    await run("pairing", "approve", "memory", requests[0]?.code ?? "");
    const { out } = await run("pairing", "list");
    expect(out).toMatch(/^Nobody waits to be let in\.\n\nLet in, and may write:\nCHANNEL +ACCOUNT +ID +NAME +APPROVED\nmemory +default +eve +Eve +\d+ s ago\nTurn one out with: /);
    expect(out).not.toMatch(OBEYED);
    expect((await run("pairing", "list", "telegram")).out).toBe("Nobody waits to be let in.\n");
    for (const wrong of [["memory", "Eve"], ["telegram", "eve"], ["memory", "eve", "--account", "second"]]) expect(await run("pairing", "revoke", ...wrong)).toMatchObject({ code: 1, out: "", err: expect.stringContaining("pairing list") });
    expect(await run("pairing", "revoke", "memory", "eve")).toMatchObject({ code: 0, err: "", out: "eve may not write to memory any more (default).\n" });
    expect((await json("pairing", "list")).value).toEqual({ requests: [], approved: [] });
    await stranger("eve", "Eve");
    await until(() => memory.shown.length === 2);
    expect(memory.texts.at(-1)).toContain("pairing code");
  });

  test("dismiss drops a request by its code or its id, without a word to the stranger", async () => {
    await open({ dmPolicy: "pairing" });
    for (const id of ["eve", "mallory"]) await stranger(id, id);
    await until(() => memory.shown.length === 2);
    const { requests } = await gateway.call("channels.pairing.list", {});
    expect(await run("pairing", "dismiss", "memory", requests[0]?.code?.toLowerCase() ?? "")).toMatchObject({ code: 0, out: "The request is dropped.\n" });
    expect(await json("pairing", "dismiss", "memory", requests[1]?.requestId ?? "")).toMatchObject({ code: 0, value: { channel: "memory", id: requests[1]?.id } });
    expect(await run("pairing", "dismiss", "memory", "AAAAAAAA")).toMatchObject({ code: 1, out: "" });
    expect((await gateway.call("channels.pairing.list", {})).requests).toEqual([]);
    expect(memory.shown).toHaveLength(2);
  });
});

describe("doctor and config validate", () => {
  const configure = async (file: object): Promise<void> => {
    await mkdir(join(home, "state"), { recursive: true, mode: 0o700 });
    await writeFile(join(home, "state", "openclaw.json"), JSON.stringify(file), { mode: 0o600 });
  };
  const BROKEN = { channels: { telegram: { botToken: "a-secret-in-the-wrong-shape", allowFrom: ["@ada"] }, pigeon: {} } };

  test("validate says what is wrong with the channels, by path and without a secret", async () => {
    await open();
    await configure(BROKEN);
    const { code, out } = await run("config", "validate");
    expect(code).toBe(1);
    expect(out).toMatch(/^ {2}channels\.telegram\.botToken: .*@BotFather/m);
    expect(out).toMatch(/^ {2}channels\.telegram\.allowFrom\[0\]: This is a name/m);
    expect(out).toMatch(/^ {2}channels\.pigeon: /m);
    expect(out).not.toContain("a-secret");
    expect((await json("config", "validate")).value).toMatchObject({ valid: false, depth: "gateway", issues: [{ path: "channels.telegram.botToken" }] });
  });

  test("doctor tells the same, and of names that let nobody in where nothing else is wrong", async () => {
    await open();
    await configure(BROKEN);
    const failing = await run("doctor");
    expect(failing.code).toBe(1);
    expect(failing.out).toMatch(/^FAIL {2}config: .*is not valid/m);
    await configure({ channels: { slack: { mode: "http", botToken: "xoxb-1", signingSecret: "s", allowFrom: ["@ada"] } } });
    const warned = await run("doctor");
    expect(warned.code).toBe(0);
    expect(warned.out).toMatch(/^warn {2}config: .*is valid, but:\n {8}channels\.slack\.allowFrom\[0\]: /m);
  });

  test("doctor tells of channels that do not work, of who waits and of what was given up, and lets nobody in", async () => {
    await open({ dmPolicy: "pairing" });
    expect((await run("doctor")).out).toMatch(/^ok {4}channels: one account is connected$/m);
    await memory.say({ chat: { id: "eve", kind: "direct" }, sender: { id: "eve", name: "Eve", isBot: false, isSelf: false } });
    await until(() => memory.shown.length === 1);
    memory.meetNext({ kind: "unknown", reason: "The connection broke." });
    await memory.say({ chat: { id: "mallory", kind: "direct" }, sender: { id: "mallory", isBot: false, isSelf: false } });
    await until(async () => (await gateway.call("channels.deadLetters.list", {})).deadLetters.length === 1);
    memory.become({ state: "needs-operator", trouble: "credentials", message: "Make a new token." });
    const { code, out } = await run("doctor");
    expect(code).toBe(1);
    expect(out).toMatch(/^FAIL {2}channels: memory \(default\) waits for you\. Make a new token\.$/m);
    expect(out).toContain("openclaw channels start memory --account default");
    expect(out).toMatch(/^warn {2}channels: memory \(default\) could not carry one message\.\n {8}openclaw channels dead-letters$/m);
    expect(out).toMatch(/^warn {2}senders: 2 people wait to be let in/m);
    expect(out).toContain("openclaw pairing list memory --account default   (2 waiting)");
    const [request] = (await gateway.call("channels.pairing.list", {})).requests;
    expect(out).not.toContain(request?.code);
    memory.become({ state: "backing-off", trouble: "network", message: "It is tried again." });
    expect((await run("doctor")).out).toMatch(/^warn {2}channels: memory \(default\) is backing-off\. It is tried again\.$/m);
    await run("channels", "stop", "memory");
    expect((await run("doctor")).out).toMatch(/^warn {2}channels: memory \(default\) is stopped\.$/m);
  });
});
