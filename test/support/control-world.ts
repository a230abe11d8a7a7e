import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryChannel } from "../../src/adapters/channels/memory/index.js";
import { FileConfigSource } from "../../src/adapters/config/file/index.js";
import { MemoryLogTail } from "../../src/adapters/storage/memory/memory-log-tail.js";
import type { LoginStep } from "../../src/ports/channel.js";
import { SocketWire, TestClient } from "./client.js";
import { TestDevice, type ConnectAsk } from "./device.js";
import { TOKEN, WebDoor } from "./web-door.js";

export { TOKEN } from "./web-door.js";

/** A page of another origin: what connects like this has to be let in. */
const ELSEWHERE = { origin: "http://localhost:3000" };
/** 1×1, red. */
const DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

const CONFIG = {
  gateway: { auth: { mode: "token", token: TOKEN }, port: 18_789, controlUi: { enabled: true } },
  agents: { defaults: { timeoutSeconds: 600, heartbeat: { every: "30m" } }, list: [{ id: "main", default: true, name: "Molly" }, { id: "work", name: "Desk" }] },
  session: { mainKey: "main" },
  logging: { level: "info" },
};

export interface WorldOptions {
  /** What the screen in the kitchen shows, a PNG in base64. */
  readonly canvas?: string;
}

/** An app that is linked by a QR code, once somebody has scanned it. */
export class LinkedApp extends MemoryChannel {
  #scanned: () => void = () => undefined;

  /** The phone scans the code that is shown. */
  scan(): void {
    this.#scanned();
    this.become({ state: "live" });
  }

  override login(): AsyncIterable<LoginStep> {
    const scanned = new Promise<void>((resolve) => {
      this.#scanned = resolve;
    });
    let shown = 0;
    const next = async (): Promise<IteratorResult<LoginStep>> => {
      shown += 1;
      if (shown === 1) return { done: false, value: { kind: "qr", text: "2@a-code-to-be-scanned-with-the-app-on-the-phone" } };
      await scanned;
      return { done: false, value: { kind: "linked", message: `${this.label} is linked.` } };
    };
    // Unlike a generator's, its end waits for nobody.
    return { [Symbol.asyncIterator]: () => ({ next, return: async () => ({ done: true, value: undefined }) }) };
  }
}

/** A gateway in use: apps, people who wrote, devices that come and ask, a phone, a screen and a computer. */
export class ControlWorld {
  readonly door: WebDoor;
  readonly stateDir: string;
  readonly telegram: MemoryChannel;
  readonly whatsapp: LinkedApp;
  readonly slack: MemoryChannel;
  readonly logTail: MemoryLogTail;
  /** What nodes were asked, with what. */
  readonly asked: { readonly command: string; readonly params: unknown }[] = [];
  readonly #clients: TestClient[] = [];
  readonly #canvas: string;

  private constructor(parts: Pick<ControlWorld, "door" | "stateDir" | "telegram" | "whatsapp" | "slack" | "logTail">, canvas: string) {
    ({ door: this.door, stateDir: this.stateDir, telegram: this.telegram, whatsapp: this.whatsapp, slack: this.slack, logTail: this.logTail } = parts);
    this.#canvas = canvas;
  }

  static async open({ canvas = DOT }: WorldOptions = {}): Promise<ControlWorld> {
    const stateDir = await mkdtemp(join(tmpdir(), "control-"));
    await writeFile(join(stateDir, "openclaw.json"), JSON.stringify(CONFIG, undefined, 2), { mode: 0o600 });
    const config = await FileConfigSource.open({ stateDir, env: { OPENCLAW_STATE_DIR: stateDir } });
    const telegram = new MemoryChannel({ id: "telegram", label: "Telegram", lacks: ["links"] });
    const whatsapp = new LinkedApp({ id: "whatsapp", label: "WhatsApp" });
    const slack = new MemoryChannel({ id: "slack", label: "Slack", accountId: "team", lacks: ["links"] });
    const logTail = new MemoryLogTail();
    const door = await WebDoor.open({ config, channels: [telegram, whatsapp, slack], logTail, script: (turn) => [{ kind: "say", text: `You said: ${turn.message}` }] });
    return new ControlWorld({ door, stateDir, telegram, whatsapp, slack, logTail }, canvas);
  }

  /** A connection with the gateway's secret, from this host: let in without asking. */
  async connect(device: string, ask: ConnectAsk = {}): Promise<TestClient> {
    const client = await this.#dial();
    await client.connect({ auth: { token: TOKEN }, scopes: ["operator.admin"], ...ask, device: new TestDevice(device) });
    return client;
  }

  /** A device that nobody knows asks to be let in. */
  async knock(device: string, ask: ConnectAsk): Promise<void> {
    const client = await this.#dial(ELSEWHERE);
    await client.tryConnect({ auth: { token: TOKEN }, device: new TestDevice(device), ...ask });
    client.close();
  }

  /** A node that answers what it is asked; `isApproved` or one that waits for its commands to be. */
  async node(device: string, ask: ConnectAsk, { isApproved = true } = {}): Promise<TestClient> {
    const node = await this.connect(device, { role: "node", scopes: [], ...ask });
    if (isApproved) {
      const { pending } = await this.door.call("node.pair.list", {});
      for (const { requestId } of pending.filter(({ nodeId }) => nodeId === new TestDevice(device).id)) await this.door.call("node.pair.approve", { requestId });
    }
    void this.#serve(node);
    return node;
  }

  /** The screen in the kitchen. */
  screen(): Promise<TestClient> {
    return this.node("screen", {
      client: { id: "openclaw-android", mode: "node", platform: "Android 15", displayName: "Kitchen screen", deviceFamily: "Android", modelIdentifier: "Pixel Tablet" },
      caps: ["canvas", "location"], commands: ["canvas.present", "canvas.navigate", "canvas.snapshot", "location.get"], permissions: { location: true, camera: false },
    });
  }

  /** A phone, whose commands nobody approved yet. */
  phone(): Promise<TestClient> {
    return this.node("phone", {
      client: { id: "openclaw-ios", mode: "node", platform: "iOS 18.2", displayName: "Ada's phone", deviceFamily: "iPhone" },
      caps: ["camera", "location"], commands: ["camera.snap", "camera.clip", "location.get"], permissions: { camera: true, location: true },
    }, { isApproved: false });
  }

  /** Somebody writes whom nobody knows. */
  async stranger(id = "eve", name = "Eve Stranger"): Promise<void> {
    await this.telegram.say({ text: "let me in", chat: { id, kind: "direct" }, sender: { id, name, isBot: false, isSelf: false } });
    await this.#until(async () => (await this.door.call("channels.pairing.list", {})).requests.some((request) => request.id === id));
  }

  /** An answer that the provider does not take: somebody who may write asked for it. */
  async deadLetter(reason = "The chat was closed by its owner."): Promise<void> {
    await this.stranger("ada", "Ada");
    const { requests } = await this.door.call("channels.pairing.list", {});
    const requestId = requests.find(({ id }) => id === "ada")?.requestId ?? "";
    await this.door.call("channels.pairing.approve", { channel: "telegram", requestId });
    this.telegram.meetNext({ kind: "refused", code: "forbidden", reason });
    await this.telegram.say({ text: "Are you there?" });
    await this.#until(async () => (await this.door.call("channels.deadLetters.list", {})).deadLetters.length > 0);
  }

  /** A program that waits for somebody's word; resolves with what was decided. */
  async wantsToRun(id: string, command: readonly string[]): Promise<{ readonly decision: Promise<string | null> }> {
    const asker = await this.connect("asker", { client: { id: "cli", mode: "cli", platform: "linux", displayName: "openclaw on attic" } });
    const answer = asker.call<{ decision: string | null }>("exec.approval.request", { id, command: command.join(" "), commandArgv: command, cwd: "/srv/app", host: "gateway", agentId: "main", resolvedPath: `/usr/bin/${command[0]}` });
    await this.#until(async () => (await this.door.call("exec.approval.list", {})).approvals.some((one) => one.id === id));
    return { decision: answer.then(({ decision }) => decision) };
  }

  async talk(sessionKey: string, message: string): Promise<void> {
    const { runId } = (await this.door.call("agent", { sessionKey, message, idempotencyKey: `talk-${sessionKey}-${message}` })) as { runId: string };
    await this.door.call("agent.wait", { runId, timeoutMs: 30_000 });
  }

  logged(level: "debug" | "info" | "warn" | "error", msg: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.logTail.write(JSON.stringify({ level, time: new Date().toISOString(), msg, ...fields }));
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.door.close();
    await rm(this.stateDir, { recursive: true, force: true });
  }

  async #dial(headers: Readonly<Record<string, string>> = {}): Promise<TestClient> {
    const client = new TestClient(await SocketWire.open(`ws://127.0.0.1:${this.door.port}/`, headers));
    this.#clients.push(client);
    return client;
  }

  async #serve(node: TestClient): Promise<void> {
    for (;;) {
      const event = await node.nextEvent("node.invoke.request").catch(() => undefined);
      if (event === undefined) return;
      const { id, nodeId, command, paramsJSON } = event.payload as { id: string; nodeId: string; command: string; paramsJSON?: string | null };
      this.asked.push({ command, params: JSON.parse(paramsJSON ?? "null") });
      await node.call("node.invoke.result", { id, nodeId, ok: true, payloadJSON: JSON.stringify(this.#answerTo(command)) }).catch(() => undefined);
    }
  }

  #answerTo(command: string): unknown {
    if (command === "canvas.snapshot") return { format: "png", base64: this.#canvas };
    if (command === "location.get") return { lat: 59.9139, lon: 10.7522, accuracyMeters: 25, timestamp: "2026-03-01T08:14:00Z", isPrecise: true, source: "gps" };
    return null;
  }

  async #until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
