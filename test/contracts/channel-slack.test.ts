import { parseSlackConfig, slack, type SlackConfig } from "../../src/adapters/channels/slack/index.js";
import { channelContract, type ChannelPlatform, type ChannelRig, type Said, type Shown, type Trouble } from "../../src/testing/contracts/channel.js";
import { TestChannelHost } from "../../src/testing/test-channel-host.js";
import { SlackServer, type SlackFault } from "../stand-ins/slack-server.js";
import { ADA, ADA_CHAT, BOT_USER_ID, FAMILY } from "../stand-ins/slack-workspace.js";
import { openWebhookDoor, type WebhookDoor } from "../support/webhook-door.js";

const FAULTS: Readonly<Record<Trouble, SlackFault>> = {
  "rate-limited": { kind: "rate-limited", seconds: 3 },
  "server-error": { kind: "status", status: 500 },
  "cut-after-request": { kind: "cut-after" },
  forbidden: { kind: "error", error: "not_in_channel" },
};

class SlackPlatform implements ChannelPlatform {
  readonly #server: SlackServer;
  readonly #mode: SlackConfig["mode"];

  constructor(server: SlackServer, mode: SlackConfig["mode"]) {
    this.#server = server;
    this.#mode = mode;
  }

  async say({ text, chat = "direct", mention = false, file, own = false }: Said): Promise<string> {
    const { workspace } = this.#server;
    const channel = chat === "direct" ? ADA_CHAT : FAMILY;
    const threadTs = chat === "thread" ? workspace.post({ channel, user: ADA, text: "a topic", unheard: true }).ts : undefined;
    const files = file === undefined ? [] : [workspace.addFile(file.fileName, file.mimeType, file.bytes)];
    const words = mention ? `<@${BOT_USER_ID}> ${text}` : text;
    return workspace.post({ channel, user: own ? BOT_USER_ID : ADA, text: words, files, ...(threadTs === undefined ? {} : { threadTs }) }).ts;
  }

  async redeliver(messageId: string): Promise<void> {
    this.#server.redeliver(messageId);
  }

  acknowledged(messageId: string): boolean {
    return this.#server.isAcknowledged(messageId);
  }

  shown(): readonly Shown[] {
    return this.#server.workspace.messages.filter(({ user }) => user === BOT_USER_ID).map(({ ts, channel, threadTs, text, reactions, files }) => ({
      messageId: ts,
      chatId: channel,
      text,
      reactions: reactions.map(({ name }) => name),
      ...(threadTs === undefined ? {} : { threadId: threadTs, replyTo: threadTs }),
      ...(files[0] === undefined ? {} : { file: files[0].bytes }),
    }));
  }

  trouble(trouble: Trouble): void {
    this.#server.fail("chat.postMessage", FAULTS[trouble]);
  }

  connections(): { now: number; most: number } {
    return { now: this.#server.sockets, most: this.#server.mostSockets };
  }

  /** Over HTTP nothing is open that could break: it is the other way, Slack's API, that is not there for a moment. */
  cut(): void {
    if (this.#mode === "http") this.#server.fail("auth.test", { kind: "cut-before" });
    else this.#server.cut();
  }

  revoke(): void {
    this.#server.revoke();
  }
}

async function createRig(mode: SlackConfig["mode"]): Promise<ChannelRig> {
  const host = new TestChannelHost();
  const server = await SlackServer.start({ now: () => host.clock.now(), signingSecret: "sshh" });
  const value = { mode, botToken: server.botToken, appToken: server.appToken, signingSecret: "sshh", apiUrl: server.apiUrl };
  const parsed = parseSlackConfig(value, "default", {});
  if (!("config" in parsed)) throw new Error(JSON.stringify(parsed.issues));
  const channel = slack(parsed.config);
  let door: WebhookDoor | undefined;
  if (channel.webhook !== undefined) {
    door = await openWebhookDoor(channel.webhook);
    server.eventsUrl = door.url;
  }
  return {
    channel, host,
    platform: new SlackPlatform(server, mode),
    direct: { chatId: ADA_CHAT },
    group: { chatId: FAMILY },
    nobody: { chatId: "C00NOBODY" },
    close: async () => {
      await door?.close();
      await server.close();
    },
  };
}

channelContract("slack over Socket Mode", () => createRig("socket"));
channelContract("slack over HTTP", () => createRig("http"));
