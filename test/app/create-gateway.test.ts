import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway, defineChannel, GatewayCallError, StateTakenError, type Channel, type ChannelHost } from "../../src/index.js";

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "gateway-"));
});
afterEach(async () => {
  await rm(stateDir, { recursive: true });
});

const LOCK = "gateway.lock";

describe("a gateway that could not be opened", () => {
  test("a damaged file is told to whoever uses the gateway, holds no lock, and may be mended", async () => {
    const paired = join(stateDir, "devices", "paired.json");
    await mkdir(join(stateDir, "devices"));
    await writeFile(paired, "{torn");
    const gateway = createGateway({ stateDir });
    await expect(gateway.listen({ port: 0 })).rejects.toMatchObject({ name: "StateFileError", message: expect.stringContaining(paired) });
    expect(await readdir(stateDir)).not.toContain(LOCK);
    await writeFile(paired, "{}");
    expect((await gateway.listen({ port: 0 })).port).toBeGreaterThan(0);
    expect(await readdir(stateDir)).toContain(LOCK);
    await gateway.close();
    expect(await readdir(stateDir)).not.toContain(LOCK);
  });

  test("closing it is no error", async () => {
    const holder = createGateway({ stateDir });
    await holder.call("health", {});
    const second = createGateway({ stateDir });
    await expect(second.call("health", {})).rejects.toMatchObject({ pid: process.pid });
    await expect(second.call("health", {})).rejects.toBeInstanceOf(StateTakenError);
    await second.close();
    expect(await readdir(stateDir)).toContain(LOCK);
    await holder.close();
  });

  test("a port in use can be followed by another one", async () => {
    const squatter: Server = createServer();
    await new Promise<void>((resolve) => void squatter.listen(0, "127.0.0.1", resolve));
    const { port } = squatter.address() as { port: number };
    const gateway = createGateway();
    await expect(gateway.listen({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    const bound = await gateway.listen({ port: 0 });
    expect(bound.url).toBe(`ws://127.0.0.1:${bound.port}`);
    await gateway.close();
    await new Promise((resolve) => void squatter.close(resolve));
  });

  test("beyond this host it does not listen without auth", async () => {
    const gateway = createGateway();
    await expect(gateway.listen({ host: "0.0.0.0", port: 0 })).rejects.toThrow("without auth");
    await gateway.close();
  });
});

describe("a gateway that was closed", () => {
  test("stays closed, whether it was used before or not", async () => {
    for (const use of [false, true]) {
      const gateway = createGateway({ stateDir });
      if (use) await gateway.listen({ port: 0 });
      await Promise.all([gateway.close(), gateway.close()]);
      await expect(gateway.call("health", {})).rejects.toBeInstanceOf(GatewayCallError);
      await expect(gateway.call("health", {})).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(gateway.listen({ port: 0 })).rejects.toThrow("closed");
      for await (const event of gateway.events("chat")) throw new Error(`an event after the end: ${event.state}`);
      expect(await readdir(stateDir)).not.toContain(LOCK);
    }
  });

  test("closed while it begins to listen, it leaves no listener behind", async () => {
    const gateway = createGateway();
    const [listened, closed] = await Promise.allSettled([gateway.listen({ port: 0 }), gateway.close()]);
    expect(listened).toMatchObject({ status: "rejected", reason: { message: "the gateway is closed" } });
    expect(closed.status).toBe("fulfilled");
  });

  test("ends the loops over its events", async () => {
    const gateway = createGateway();
    const chats = gateway.events("chat");
    const heard = (async () => {
      const states: string[] = [];
      for await (const { state } of chats) states.push(state);
      return states;
    })();
    await gateway.call("agent", { message: "hello", idempotencyKey: "one" });
    await gateway.close();
    expect((await heard).at(-1)).toBe("final");
  });
});

describe("a channel of an embedder", () => {
  const stateOf = async (channel: Channel): Promise<unknown> => {
    const gateway = createGateway({ channels: [channel] });
    const { channelAccounts } = await gateway.call("channels.status", { channel: channel.id });
    await gateway.close();
    return (channelAccounts[channel.id]?.[0] as { readonly state?: unknown } | undefined)?.state;
  };
  const send = async () => ({ kind: "delivered", messageId: "1" }) as const;

  test("is live once it was started, whether or not it has a start of its own", async () => {
    const hosts: ChannelHost[] = [];
    let stops = 0;
    expect(await stateOf(defineChannel({ id: "pager", label: "Pager", send }))).toBe("live");
    const own = defineChannel({ id: "pager", label: "Pager", send, start: async (host) => void hosts.push(host), stop: async () => void (stops += 1) });
    expect(await stateOf(own)).toBe("live");
    expect([hosts.length, stops, own.status().state]).toEqual([1, 1, "idle"]);
  });

  test("with a status of its own, says itself how it is", async () => {
    const status = { state: "backing-off", since: 0, trouble: "network", message: "It is tried again." } as unknown as ReturnType<Channel["status"]>;
    expect(await stateOf(defineChannel({ id: "pager", label: "Pager", send, status: () => status }))).toBe("backing-off");
  });
});
