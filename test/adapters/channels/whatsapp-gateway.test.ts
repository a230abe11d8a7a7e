import { expect, test } from "@jest/globals";
import { Gate, ScriptedRuntime } from "../../../src/adapters/agent/scripted/index.js";
import { MemoryHostLock } from "../../../src/adapters/storage/memory/memory-host-lock.js";
import { MemoryRecordStore } from "../../../src/adapters/storage/memory/memory-record-store.js";
import { parseWhatsappConfig, whatsapp } from "../../../src/adapters/channels/whatsapp/index.js";
import { createGateway } from "../../../src/app/compose/create-gateway.js";
import { DEFAULT_POLICY } from "../../../src/domain/messaging/policy.js";
import { channelAt, seed, trust } from "../../stand-ins/whatsapp-rig.js";
import { WhatsappServer } from "../../stand-ins/whatsapp-server.js";

const textsOf = (server: WhatsappServer): readonly string[] => [...server.world.messages.values()].map(({ content }) => content.extendedTextMessage?.text ?? content.conversation ?? "");

async function until<T>(what: string, find: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let turn = 0; turn < 1_000; turn += 1) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  throw new Error(`never came: ${what}`);
}

test("a gateway in another program, without a file: linked over its own methods, answered, logged out", async () => {
  const server = await WhatsappServer.start();
  trust(server);
  const ada = server.world.addPerson("Ada");
  const reading = parseWhatsappConfig({ url: server.url }, "default");
  if ("issues" in reading) throw new Error(JSON.stringify(reading.issues));
  const channel = whatsapp(reading.config, { credentials: new MemoryRecordStore(), lock: new MemoryHostLock() });
  const gateway = createGateway({ channels: [channel], settings: { channels: [{ channel: "whatsapp", accountId: "default", policy: { ...DEFAULT_POLICY, dmPolicy: "open" } }] } });
  try {
    const status = async () => (await gateway.call("channels.status", { channel: "whatsapp" })).channelAccounts["whatsapp"]?.[0] as { readonly state?: string } | undefined;
    await until("it is not linked", async () => ((await status())?.state === "needs-operator" ? true : undefined));
    expect(await status()).toMatchObject({ linked: false, connected: false, trouble: "credentials" });
    const asked = { channel: "whatsapp", to: `+${ada.number}`, message: "hello", idempotencyKey: "early" };
    await expect(gateway.call("send", asked)).rejects.toMatchObject({ code: "NOT_LINKED" });

    const shown = await gateway.call("web.login.start", { channel: "whatsapp" });
    expect(shown).toMatchObject({ connected: false, qrDataUrl: expect.stringMatching(/^data:image\/png;base64,/u), qrText: expect.stringContaining("linked_devices#") });
    await server.scan(shown.qrText ?? "");
    expect(await gateway.call("web.login.wait", { channel: "whatsapp" })).toEqual({ message: `WhatsApp is linked as +${server.world.account.phone.number}.`, connected: true });
    expect(await status()).toMatchObject({ linked: true, connected: true, state: "live" });

    await server.send({ from: ada, content: { conversation: "good morning" } });
    await until("an answer", () => textsOf(server).find((text) => text.includes("good morning")));
    await until("that it was read", () => server.world.signs.find(({ tag, attrs }) => tag === "receipt" && attrs["type"] === "read"));
    expect(await gateway.call("channels.logout", { channel: "whatsapp" })).toMatchObject({ cleared: true, loggedOut: true });
    expect(await status()).toMatchObject({ linked: false });
    expect(server.connections.most).toBe(1);
  } finally {
    await gateway.close();
    await server.close();
  }
}, 60_000);

test("what is deleted or edited while an answer is under way is not answered, or as it reads then", async () => {
  const server = await WhatsappServer.start();
  trust(server);
  const ada = server.world.addPerson("Ada");
  const credentials = new MemoryRecordStore<string>();
  await seed(credentials, server.world.account.linkedBefore());
  const gate = new Gate();
  const agent = new ScriptedRuntime(({ message }) => [{ kind: "wait", gate }, { kind: "say", text: `You said ${message}.` }]);
  const gateway = createGateway({ agent, channels: [channelAt(server, { credentials })], settings: { channels: [{ channel: "whatsapp", accountId: "default", policy: { ...DEFAULT_POLICY, dmPolicy: "open" } }] } });
  try {
    // Begins with the first call.
    await gateway.call("channels.status", { channel: "whatsapp" });
    const say = (text: string) => server.send({ from: ada, content: { conversation: text } });
    await say("one");
    await until("the first turn", () => agent.turns[0]);
    const [two, three] = [await say("two"), await say("trhee")];
    await server.send({ from: ada, content: { protocolMessage: { key: { id: two, fromMe: true }, type: 0 } } });
    await server.send({ from: ada, content: { protocolMessage: { key: { id: three, fromMe: true }, type: 14, editedMessage: { conversation: "three" }, timestampMs: 1_790_000_001_000 } } });
    const last = await say("four");
    await until("all of it", () => (server.isAcknowledged(last) ? true : undefined));
    gate.open();
    await until("the last answer", () => textsOf(server).find((text) => text.includes("four")));
    expect(textsOf(server)).toEqual(["You said one.", "You said three.", "You said four."]);
  } finally {
    await gateway.close();
    await server.close();
  }
}, 60_000);
