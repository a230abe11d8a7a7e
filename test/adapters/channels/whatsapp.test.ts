import { afterEach, describe, expect, test } from "@jest/globals";
import { MemoryRecordStore } from "../../../src/adapters/storage/memory/memory-record-store.js";
import { after } from "../../../src/domain/moment.js";
import type { Channel, LoginStep } from "../../../src/ports/channel.js";
import { TestChannelHost } from "../../../src/testing/test-channel-host.js";
import type { WhatsappPerson } from "../../stand-ins/whatsapp-person.js";
import { channelAt, seed, trust, type ChannelOptions } from "../../stand-ins/whatsapp-rig.js";
import { WhatsappServer } from "../../stand-ins/whatsapp-server.js";

const CANCEL = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined };
let ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

interface Sitting {
  readonly server: WhatsappServer;
  readonly host: TestChannelHost;
  readonly channel: Channel;
  readonly credentials: MemoryRecordStore<string>;
  readonly ada: WhatsappPerson;
}

async function sit({ isLinked = true, ...options }: ChannelOptions & { isLinked?: boolean } = {}): Promise<Sitting> {
  const host = new TestChannelHost();
  const server = await WhatsappServer.start({ now: () => host.clock.now() });
  trust(server);
  const credentials = new MemoryRecordStore<string>();
  if (isLinked) await seed(credentials, server.world.account.linkedBefore());
  const channel = channelAt(server, { credentials, ...options });
  ends.push(() => server.close(), () => channel.stop(after(host.clock.now(), 5_000)));
  return { server, host, channel, credentials, ada: server.world.addPerson("Ada") };
}

const say = (channel: Channel, chatId: string, text: string) => channel.send({ chatId }, { body: { kind: "text", text: { text, plain: text } } }, { key: text, cancel: CANCEL });

async function read(steps: AsyncIterable<LoginStep>, act: (step: LoginStep) => Promise<void>): Promise<LoginStep | undefined> {
  let last: LoginStep | undefined;
  for await (const step of steps) {
    last = step;
    await act(step);
  }
  return last;
}

describe("WhatsApp: linking", () => {
  test("an account that is not linked says so, sends nothing, and is linked by the code that it shows", async () => {
    const sitting = await sit({ isLinked: false });
    const { server, host, channel, ada } = sitting;
    await channel.start(host);
    await host.until("it is not linked", () => channel.status().state === "needs-operator");
    expect(channel.status()).toMatchObject({ trouble: "credentials", message: expect.stringMatching(/not linked; link it with "openclaw channels login whatsapp"/u) });
    expect(await say(channel, `+${ada.number}`, "hello")).toMatchObject({ kind: "refused", code: "not-linked" });
    const states: string[] = [];
    const last = await read(channel.login({ force: false }), async (step) => {
      states.push(channel.status().state);
      if (step.kind === "qr") {
        expect(step.text).toMatch(/^https:\/\/wa\.me\/settings\/linked_devices#/u);
        await server.scan(step.text);
      }
    });
    expect(last).toEqual({ kind: "linked", message: `WhatsApp is linked as +${server.world.account.phone.number}.` });
    expect(states[0]).toBe("linking");
    expect(channel.status()).toMatchObject({ state: "live", identity: { id: `+${server.world.account.phone.number}` } });
    expect(server.connections.most).toBe(1);
    await server.send({ from: ada, content: { conversation: "good morning" } });
    await host.until("a message", () => host.envelopes.length === 1);
    expect(host.envelopes[0]).toMatchObject({ sender: { id: `+${ada.number}`, aliases: [ada.lid], name: "Ada" }, chat: { id: `+${ada.number}`, kind: "direct" }, body: { text: "good morning" } });
    expect(await say(channel, `+${ada.number}`, "good morning, Ada")).toMatchObject({ kind: "delivered" });
    expect([...server.world.messages.values()].map(({ content }) => content.extendedTextMessage?.text ?? content.conversation)).toEqual(["good morning, Ada"]);
  }, 60_000);
});
