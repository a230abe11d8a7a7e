import { expect, test } from "@jest/globals";
import { MemoryChannel } from "../../src/adapters/channels/memory/index.js";
import { MemorySessionStore } from "../../src/adapters/storage/memory/memory-session-store.js";
import { RandomIds } from "../../src/adapters/system/index.js";
import { SilentLog } from "../../src/adapters/log/memory/index.js";
import { Hub } from "../../src/app/gateway/hub.js";
import { SessionDesk } from "../../src/app/gateway/session-desk.js";
import { WebChatChannel } from "../../src/app/gateway/webchat-channel.js";
import { StaticConfig } from "../../src/app/compose/static-config.js";
import { DEFAULT_SETTINGS } from "../../src/domain/default-settings.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { textOf } from "../../src/domain/sessions/session.js";
import { channelContract } from "../../src/testing/contracts/channel.js";

channelContract("memory", () => {
  const channel = new MemoryChannel({ targets: ["ada"] });
  return { channel, to: "ada", nobody: "nobody", delivered: () => channel.sent.map(({ text }) => text) };
});

channelContract("memory without polls", () => {
  const channel = new MemoryChannel({ targets: ["ada"], abilities: { polls: false } });
  return { channel, to: "ada", nobody: "nobody", delivered: () => channel.sent.map(({ text }) => text) };
});

channelContract("webchat", async () => {
  const sessions = new MemorySessionStore();
  await sessions.open();
  const shared = { ids: new RandomIds(), clock: new HandClock() };
  const desk = new SessionDesk({ ...shared, sessions, config: new StaticConfig(DEFAULT_SETTINGS) });
  const channel = new WebChatChannel({ ...shared, hub: new Hub(new SilentLog()), sessions: desk });
  const delivered = async () => {
    const entry = sessions.get("agent:main:main");
    return entry ? (await sessions.read(entry, 10)).map(textOf) : [];
  };
  return { channel, to: "agent:main:main", nobody: "agent:nobody:main", delivered };
});

test("a refusal that was planned is met once", async () => {
  const channel = new MemoryChannel();
  channel.refuseNext({ kind: "refused", code: "not-linked", reason: "Log in first." });
  const message = { to: "ada", text: "hi", mediaUrls: [], idempotencyKey: "k" };
  expect(await channel.send(message)).toMatchObject({ kind: "refused", code: "not-linked" });
  expect(await channel.send(message)).toMatchObject({ kind: "delivered" });
  expect(channel.sent).toHaveLength(1);
});
