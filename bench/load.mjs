// The process with all the clients. It works for the driver, one task at a time: `{ id, task, options }` comes in,
// `{ id, result }` or `{ id, error }` goes out. Whatever it counts, it has received over the wire.
import { Client, Device, NODE } from "./client.mjs";

const FINAL = '"state":"final"';
/** How many clients knock at the same time where nothing else is said. */
const KNOCKING = 32;

/** The clients that are connected to each server, by its URL, and the nodes. */
const pools = new Map();
const nodePools = new Map();
let devices = [];
let scopes = [];

const TASKS = {
  /** The devices to connect as, the first ones first. */
  introduce(given) {
    devices = given.devices.map((device) => new Device(device));
    scopes = given.scopes;
  },

  /** Connects, hears the hello and leaves, `count` times, one after the other, as the first `among` devices in turn. */
  async handshakes({ url, count, among }) {
    for (let nth = 0; nth < count; nth += 1) {
      const client = await Client.open(url, devices[nth % among], scopes);
      await client.close();
    }
    return { ops: count };
  },

  /** All at once, each as a device of its own; those that got in stay until the last has. */
  async storm({ url, count }) {
    const outcomes = await Promise.allSettled(devices.slice(0, count).map((device) => Client.open(url, device, scopes)));
    const inside = outcomes.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
    await Promise.all(inside.map((client) => client.close()));
    return { ops: inside.length };
  },

  /** Connects clients that stay. */
  open: ({ url, count }) => fill(pools, { url, count }, (device) => Client.open(url, device, scopes)),

  /** Connects nodes that stay, and answer whatever they are asked. */
  openNodes: ({ url, count }) => fill(nodePools, { url, count }, async (device) => {
    const node = await Client.open(url, device, [], NODE);
    node.onEvent = (data) => answerAsNode(node, device.id, data);
    return node;
  }),

  /** `count` commands in all, spread over the clients and the nodes, each client with up to `depth` without an answer yet. */
  async invoke({ url, count, depth }) {
    const pool = pools.get(url);
    const nodeIds = devices.slice(0, nodePools.get(url).length).map(({ id }) => id);
    const each = Math.ceil(count / pool.length);
    const params = (nth) => ({ nodeId: nodeIds[nth % nodeIds.length], command: "system.which", params: { bins: ["git", "ffmpeg"] }, timeoutMs: 10_000, idempotencyKey: `${process.pid}-${asked}` });
    await Promise.all(pool.map((client, nth) => ask(client, { count: each, depth, tail: () => `,"method":"node.invoke","params":${JSON.stringify(params(nth))}}` })));
    return { ops: each * pool.length };
  },

  async leave({ url }) {
    await Promise.all([...(pools.get(url) ?? []), ...(nodePools.get(url) ?? [])].map((client) => client.close()));
    pools.delete(url);
    nodePools.delete(url);
  },

  /** `count` requests in all, spread over the clients, each with up to `depth` without an answer yet. */
  async requests({ url, count, depth, method, params }) {
    const pool = pools.get(url);
    const each = Math.ceil(count / pool.length);
    await Promise.all(pool.map((client) => ask(client, { count: each, depth, tail: `,"method":"${method}","params":${JSON.stringify(params)}}` })));
    return { ops: each * pool.length };
  },

  /** One message that makes the server tell all of them something; done when each has heard the end of it. */
  async fanOut({ url, message }) {
    const pool = pools.get(url);
    let ops = 0;
    const heard = pool.map((client) => new Promise((resolve) => {
      client.onEvent = (data) => {
        ops += 1;
        if (data.includes(FINAL)) resolve();
      };
    }));
    const key = `${process.pid}-${(asked += 1)}`;
    const params = { sessionKey: `fan-out-${key}`, message, idempotencyKey: key };
    pool[0].send(JSON.stringify({ type: "req", id: key, method: "chat.send", params }));
    await Promise.all(heard);
    for (const client of pool) client.onEvent = () => {};
    return { ops };
  },
};

/** Brings the pool of a server to so many. */
async function fill(into, { url, count }, connect) {
  const pool = into.get(url) ?? [];
  into.set(url, pool);
  let next = pool.length;
  const knock = async () => {
    while (next < count) pool.push(await connect(devices[next++ % devices.length]));
  };
  await Promise.all(Array.from({ length: KNOCKING }, knock));
  return { ops: pool.length };
}

let asked = 0;

const REQUEST = '"event":"node.invoke.request"';
const FOUND = JSON.stringify(JSON.stringify({ bins: { git: "/usr/bin/git", ffmpeg: "/usr/bin/ffmpeg" } }));

function answerAsNode(node, nodeId, data) {
  const text = data.toString();
  if (!text.includes(REQUEST)) return;
  const { id } = JSON.parse(text).payload;
  node.send(`{"type":"req","id":"${(asked += 1)}","method":"node.invoke.result","params":{"id":"${id}","nodeId":"${nodeId}","ok":true,"payloadJSON":${FOUND}}}`);
}

/** Resolves with the last answer. An error is counted by nobody, so it ends the task. */
function ask(client, { count, depth, tail }) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let answered = 0;
    const next = () => {
      sent += 1;
      client.send(`{"type":"req","id":"${(asked += 1)}"${typeof tail === "string" ? tail : tail()}`);
    };
    client.onResponse = (data) => {
      answered += 1;
      if (data.includes('"ok":false')) reject(new Error(data.toString().slice(0, 300)));
      else if (sent < count) next();
      else if (answered === count) resolve();
    };
    while (sent < Math.min(depth, count)) next();
  });
}

process.on("message", async ({ id, task, options }) => {
  const began = performance.now();
  try {
    const result = await TASKS[task](options);
    process.send({ id, result: { ...result, seconds: (performance.now() - began) / 1000 } });
  } catch (error) {
    process.send({ id, error: error.message });
  }
});
process.on("disconnect", () => process.exit());
