import { expect, test } from "@jest/globals";
import { MemoryChannel, type MemoryChannelOptions } from "../../src/adapters/channels/memory/index.js";
import { after } from "../../src/domain/moment.js";
import type { Receipt } from "../../src/domain/messaging/outbound.js";
import { channelContract, type ChannelPlatform, type ChannelRig, type Said, type Shown, type Trouble } from "../../src/testing/contracts/channel.js";
import { TestChannelHost } from "../../src/testing/test-channel-host.js";

const OUTCOMES: Readonly<Record<Trouble, Receipt>> = {
  "rate-limited": { kind: "later", reason: "Slower, please.", retryAfterMs: 1_000, scope: "chat" },
  "server-error": { kind: "later", reason: "The provider is out of order.", scope: "account" },
  "cut-after-request": { kind: "unknown", reason: "The connection broke before the answer." },
  forbidden: { kind: "refused", code: "forbidden", reason: "The account was removed from this chat." },
};

/** Keeps what is said until the channel has handed it over, as a provider does. */
class MemoryPlatform implements ChannelPlatform {
  readonly #channel: MemoryChannel;
  readonly #host: TestChannelHost;
  readonly #said = new Map<string, Said>();
  readonly #told = new Set<string>();

  constructor(channel: MemoryChannel, host: TestChannelHost) {
    this.#channel = channel;
    this.#host = host;
  }

  async say(said: Said): Promise<string> {
    const id = `said-${this.#said.size + 1}`;
    this.#said.set(id, said);
    for (const waiting of [...this.#said.keys()].filter((one) => !this.#told.has(one))) void this.redeliver(waiting);
    return id;
  }

  async redeliver(id: string): Promise<void> {
    const said = this.#said.get(id);
    if (said === undefined || this.#channel.status().state === "idle") return;
    const media = said.file === undefined ? [] : [this.#channel.attach(said.file.bytes, { kind: "image", mimeType: said.file.mimeType, fileName: said.file.fileName })];
    const [chatId, threadId] = said.chat === undefined || said.chat === "direct" ? ["ada"] : said.chat === "group" ? ["family"] : ["family", "topic"];
    const handed = this.#channel.say({
      messageId: id,
      text: said.text,
      media,
      addressed: said.mention === true,
      chat: { id: chatId ?? "", kind: chatId === "ada" ? "direct" : "group", ...(threadId === undefined ? {} : { threadId }) },
      sender: { id: said.own === true ? "self" : "ada", isBot: false, isSelf: said.own === true },
    });
    await handed.then(() => this.#told.add(id), () => undefined);
  }

  acknowledged(id: string): boolean {
    return this.#told.has(id);
  }

  shown(): readonly Shown[] {
    return this.#channel.shown.map(({ messageId, to, part, reactions }) => ({
      messageId,
      ...to,
      reactions,
      text: part.body.kind === "text" ? part.body.text.text : part.body.kind === "media" ? (part.body.caption?.text ?? "") : part.body.poll.question,
      ...(part.replyTo === undefined ? {} : { replyTo: part.replyTo }),
      ...(part.body.kind === "media" ? { file: this.#host.files.get(part.body.media.id) ?? new Uint8Array() } : {}),
    }));
  }

  trouble(trouble: Trouble): void {
    this.#channel.meetNext(OUTCOMES[trouble]);
  }

  connections(): { now: number; most: number } {
    return { now: this.#channel.status().state === "idle" ? 0 : 1, most: 1 };
  }

  cut(): void {
    if (this.#channel.status().state === "needs-operator") return;
    this.#channel.become({ state: "backing-off", trouble: "network" });
    this.#host.clock.callAt(after(this.#host.clock.now(), 1_000), () => this.#channel.become({ state: "live" }));
  }

  revoke(): void {
    this.#channel.become({ state: "needs-operator", trouble: "credentials", message: "The token is void: make a new one." });
  }
}

const createRig = async (options: MemoryChannelOptions = {}): Promise<ChannelRig> => {
  const channel = new MemoryChannel({ targets: ["ada", "family"], ...options });
  const host = new TestChannelHost();
  return { channel, host, platform: new MemoryPlatform(channel, host), direct: { chatId: "ada" }, group: { chatId: "family" }, nobody: { chatId: "nobody" }, close: () => Promise.resolve() };
};

channelContract("memory", () => createRig());
channelContract("memory that can do little", () => createRig({ abilities: { edit: false, remove: false, threads: false, reactions: "none" }, lacks: ["media", "polls", "draftMs", "links"] }));

test("a refusal that was planned is met once", async () => {
  const { channel, host } = await createRig();
  const memory = channel as MemoryChannel;
  await memory.start(host);
  memory.meetNext({ kind: "refused", code: "not-linked", reason: "Log in first." });
  const part = { body: { kind: "text", text: { text: "hi", plain: "hi" } } } as const;
  const attempt = { key: "k", cancel: new AbortController().signal };
  expect(await memory.send({ chatId: "ada" }, part, attempt)).toMatchObject({ kind: "refused", code: "not-linked" });
  expect(await memory.send({ chatId: "ada" }, part, attempt)).toMatchObject({ kind: "delivered" });
  expect(memory.texts).toEqual(["hi"]);
});
