// The contract of all channels, held up to this one: `node --test`, with the `expect` of Jest. In Jest, or in Vitest
// with `globals: true`, import the suite and call it.
import { describe, test } from "node:test";
import { expect } from "expect";
import { TestChannelHost } from "openclaw-gateway/testing";
import { chat } from "./chat-channel.mjs";
import { ChatServer } from "./chat-server.mjs";

Object.assign(globalThis, { describe, test, expect });
const { channelContract } = await import("openclaw-gateway/testing/contracts");

const NAME = "helper";

channelContract("chat", async () => {
  const server = await new ChatServer().start();
  return {
    channel: chat({ url: server.url, token: server.token, name: NAME }),
    host: new TestChannelHost(),
    direct: { chatId: "ada" },
    group: { chatId: "family" },
    nobody: { chatId: "nobody" },
    platform: {
      say: async ({ text, chat: where = "direct", mention = false, own = false }) =>
        server.say({ chatId: where === "direct" ? "ada" : "family", from: own ? NAME : "ada", text: mention ? `@${NAME} ${text}` : text }),
      redeliver: async (id) => server.redeliver(id),
      acknowledged: (id) => server.isAcknowledged(id),
      shown: () => server.posted.map(({ id, ...shown }) => ({ messageId: id, reactions: [], ...shown })),
      trouble: (trouble) => void (server.fault = trouble),
      connections: () => server.polls,
      cut: () => server.cut(),
      revoke: () => void (server.isRevoked = true),
    },
    close: () => server.close(),
  };
});
