// What is measured, and how: each figure runs on the bare server and on the gateway by turns, so that whatever else
// the machine does meets both alike.
import { setTimeout as pause } from "node:timers/promises";
import { converse, percentile } from "./converse.mjs";
import { cpuSeconds, residentBytes } from "./proc.mjs";
import { startBare, startDaemon, startServer, timeCommand } from "./processes.mjs";

/** Requests that a client keeps under way. */
const PIPELINED = 16;
/** Deliveries that one message to the servers makes: many, so that the message itself does not count, but no more than the sockets' buffers hold. */
const DELIVERIES = 40_000;
/** As many as every state folder knows. */
export const FEW_DEVICES = 100;
/** Handshakes until a server's code is compiled for speed and its heap has found its size: what is measured is one that has been up for a while. */
const WARMING = 4_000;
/** After many came or went, events about it are still on their way. */
const SETTLE_MS = 400;
/** Longer where the list of who is around goes to a crowd. */
const CROWD_SETTLE_MS = 6_000;
const CROWD_FLAGS = ["--max-semi-space-size=4"];

const micro = (seconds, ops) => (seconds / ops) * 1e6;
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Runs `round` on each server by turns until each has used enough CPU time, and gives microseconds per operation. */
async function byTurns(bench, servers, round) {
  const sums = servers.map(() => ({ ops: 0, cpu: 0, wall: 0 }));
  for (const server of servers) await round(server);
  for (let turn = 0; turn < bench.effort.maxRounds && sums.some(({ cpu }) => cpu < bench.effort.cpuSeconds); turn += 1) {
    for (const [nth, server] of servers.entries()) {
      const before = cpuSeconds(server.pid);
      const { ops, seconds } = await round(server);
      const sum = sums[nth];
      sum.cpu += cpuSeconds(server.pid) - before;
      sum.ops += ops;
      sum.wall += seconds;
    }
  }
  return sums.map(({ ops, cpu, wall }) => ({ wall: micro(wall, ops), cpu: micro(cpu, ops), ops }));
}

async function compare(bench, round) {
  const [bare, gateway] = await byTurns(bench, [bench.bare, bench.gateway], round);
  return { unit: "µs", bare, gateway };
}

/** Once for each server. */
async function warm(bench, servers) {
  for (const server of servers.filter((each) => !bench.warmed.has(each))) {
    bench.warmed.add(server);
    await bench.load.run("handshakes", { url: server.url, count: WARMING * bench.effort.warming, among: FEW_DEVICES });
  }
}

/** Connects so many clients to both servers, no more and no less. */
async function gather(bench, count) {
  for (const { url } of [bench.bare, bench.gateway]) await assemble(bench, url, count);
  await pause(SETTLE_MS);
}

async function assemble(bench, url, count) {
  const { ops } = await bench.load.run("open", { url, count });
  if (ops === count) return;
  await bench.load.run("leave", { url });
  await bench.load.run("open", { url, count });
}

const ask = (bench, server, { count, depth = PIPELINED, method = "health", params = {} }) =>
  bench.load.run("requests", { url: server.url, count, depth, method, params });

const requests = (clients, limits = {}) => ({
  name: `request, ${clients} ${clients === 1 ? "client" : "clients"}`,
  limits: { cpu: 1.5, ...limits },
  async measure(bench) {
    await gather(bench, clients);
    return compare(bench, (server) => ask(bench, server, { count: bench.effort.requests }));
  },
});

const fanOut = (kind, clients, limit) => ({
  name: `${kind === "single" ? "single event" : "burst of ten"}, ${clients} clients`,
  limits: { cpu: limit },
  async measure(bench) {
    await gather(bench, clients);
    const events = Math.max(10, Math.round(DELIVERIES / clients / 10) * 10);
    const message = kind === "single" ? `single ${events}` : `burst 10 x ${events / 10}`;
    return compare(bench, (server) => bench.load.run("fanOut", { url: server.url, message }));
  },
});

export const FIGURES = [
  {
    name: "ready",
    limits: { wall: 3 },
    async measure(bench) {
      const times = { bare: [], gateway: [] };
      for (let run = 0; run < bench.effort.starts; run += 1) {
        const bare = await startBare(bench.visitor);
        const gateway = await startDaemon(bench.visitor, bench.daemonPlace);
        times.bare.push(bare.readyMs);
        times.gateway.push(gateway.readyMs);
        await Promise.all([bare.stop(), gateway.stop()]);
      }
      return { unit: "ms", bare: { wall: median(times.bare) }, gateway: { wall: median(times.gateway) } };
    },
  },
  {
    name: "idle memory",
    limits: { size: 1.5 },
    async measure(bench) {
      const started = [await startBare(bench.visitor), await startDaemon(bench.visitor, bench.daemonPlace)];
      await pause(bench.effort.idleMs);
      const [bare, gateway] = started.map(({ pid }) => ({ size: residentBytes(pid) / 2 ** 20 }));
      await Promise.all(started.map((server) => server.stop()));
      return { unit: "MiB", bare, gateway };
    },
  },
  {
    name: "command `gateway call health`",
    limits: { wallMs: 250 },
    async measure(bench) {
      const daemon = await startDaemon(bench.visitor, bench.daemonPlace);
      const times = [];
      // The first one is paired, which later ones are not.
      for (let run = 0; run <= bench.effort.starts; run += 1) {
        times.push(await timeCommand(["gateway", "call", "health", "--json"], { ...bench.daemonPlace, port: daemon.port }));
      }
      await daemon.stop();
      return { unit: "ms", gateway: { wall: median(times.slice(1)) } };
    },
  },
  {
    name: "handshake, one after the other",
    limits: { cpu: 2 },
    async measure(bench) {
      await warm(bench, [bench.bare, bench.gateway]);
      return compare(bench, ({ url }) => bench.load.run("handshakes", { url, count: bench.effort.handshakes, among: FEW_DEVICES }));
    },
  },
  {
    name: "handshake, 500 at once",
    limits: { wall: 2 },
    async measure(bench) {
      await warm(bench, [bench.bare, bench.gateway]);
      const count = 500;
      let missing = 0;
      const outcome = await compare(bench, async ({ url }) => {
        const result = await bench.load.run("storm", { url, count });
        missing += count - result.ops;
        return result;
      });
      return { ...outcome, missing };
    },
  },
  requests(1),
  requests(10),
  requests(100),
  {
    name: "request, measured for Prometheus",
    limits: { cpu: 1.15 },
    against: "the gateway that nobody measures",
    async measure(bench) {
      const measured = await bench.startMeasured();
      for (const { url } of [bench.gateway, measured]) await assemble(bench, url, 10);
      await pause(SETTLE_MS);
      const [bare, gateway] = await byTurns(bench, [bench.gateway, measured], (server) => ask(bench, server, { count: bench.effort.requests }));
      await bench.load.run("leave", { url: measured.url });
      await measured.stop();
      return { unit: "µs", bare, gateway };
    },
  },
  {
    name: "request repeated under its key",
    limits: { cpu: 2 },
    async measure(bench) {
      await gather(bench, 10);
      const params = { channel: "memory", to: "somebody", message: "hello", idempotencyKey: `bench-${process.pid}` };
      return compare(bench, (server) => ask(bench, server, { count: bench.effort.requests, method: "send", params }));
    },
  },
  {
    name: "node invoke, there and back",
    // At least 0.6 times as many as a relay that checks nothing.
    limits: { cpu: 1.67, wall: 1.67 },
    async measure(bench) {
      await gather(bench, 10);
      for (const { url } of [bench.bare, bench.gateway]) await bench.load.run("openNodes", { url, count: 10 });
      // Until what they offer was approved.
      await pause(SETTLE_MS);
      return compare(bench, ({ url }) => bench.load.run("invoke", { url, count: bench.effort.invocations, depth: PIPELINED }));
    },
  },
  ...[100, 500, 1000].map((clients) => fanOut("single", clients, 1.1)),
  ...[100, 500, 1000].map((clients) => fanOut("burst", clients, 0.4)),
  ...["resident memory", "heap"].map((what) => ({
    name: `${what} of a connection, of 1000`,
    limits: { size: what === "heap" ? 2 : 1.3 },
    async measure(bench) {
      bench.crowd ??= await measureCrowd(bench, 1000);
      const [bare, gateway] = bench.crowd.map((sizes) => ({ size: sizes[what === "heap" ? "heap" : "resident"] }));
      return { unit: "KiB", bare, gateway };
    },
  })),
  ...["resident memory", "heap"].map((what) => ({
    name: `${what} of a node, of 1000`,
    // Beside its connection, a node has what it offers, and what was approved of it.
    limits: { size: what === "heap" ? 3 : 1.5 },
    async measure(bench) {
      bench.nodes ??= await measureCrowd(bench, 1000, "openNodes");
      const [bare, gateway] = bench.nodes.map((sizes) => ({ size: sizes[what === "heap" ? "heap" : "resident"] }));
      return { unit: "KiB", bare, gateway };
    },
  })),
  {
    name: "message, answered in its chat",
    limits: {},
    async measure(bench) {
      const { toAgent, toChat, missing } = await converse({ minutes: bench.effort.talkMinutes, rate: 20, chats: 10, isFilled: false });
      const overhead = toAgent.map((ms, nth) => ms + toChat[nth]);
      return { unit: "ms", missing: missing.length, gateway: { p50: percentile(overhead, 0.5), p99: percentile(overhead, 0.99) } };
    },
  },
  {
    name: "handshake, ten times the devices",
    limits: { cpu: 1.15 },
    against: "the small state folder",
    async measure(bench) {
      // Whoever came for other figures would have each newcomer announced to them, in one of the two alone.
      for (const { url } of [bench.smallGateway, bench.gateway]) await bench.load.run("leave", { url });
      await pause(SETTLE_MS);
      // Code that was not run for minutes, V8 has let go of: the two begin alike.
      bench.warmed.clear();
      await warm(bench, [bench.smallGateway, bench.gateway]);
      return tenfold(bench, ({ url }) => bench.load.run("handshakes", { url, count: bench.effort.handshakes, among: FEW_DEVICES }));
    },
  },
  {
    name: "request, ten times the sessions",
    limits: { cpu: 1.15 },
    against: "the small state folder",
    async measure(bench) {
      for (const { url } of [bench.smallGateway, bench.gateway]) await assemble(bench, url, 10);
      await pause(SETTLE_MS);
      return tenfold(bench, (server) => ask(bench, server, { count: bench.effort.requests }));
    },
  },
];

async function tenfold(bench, round) {
  const [bare, gateway] = await byTurns(bench, [bench.smallGateway, bench.gateway], round);
  return { unit: "µs", bare, gateway };
}

/**
 * What a thousand connections add to a server that has served a few before. Both servers' young generation is held to
 * one small size: how much garbage a heap lets lie about is a policy of V8, and no connection's.
 */
async function measureCrowd(bench, count, task = "open") {
  const sizes = [];
  for (const start of [() => startServer("bare-server.mjs", [], CROWD_FLAGS), () => bench.startGateway(CROWD_FLAGS)]) {
    const server = await start();
    await bench.load.run("handshakes", { url: server.url, count: 50, among: FEW_DEVICES });
    await pause(SETTLE_MS);
    const heapBefore = await server.heap();
    const residentBefore = residentBytes(server.pid);
    await bench.load.run(task, { url: server.url, count });
    await pause(CROWD_SETTLE_MS);
    const resident = residentBytes(server.pid) - residentBefore;
    const heap = (await server.heap()) - heapBefore;
    sizes.push({ resident: resident / count / 1024, heap: heap / count / 1024 });
    await bench.load.run("leave", { url: server.url });
    await server.stop();
  }
  return sizes;
}
