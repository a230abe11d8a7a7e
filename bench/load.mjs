// The process with all the clients. It works for the driver, one task at a time: `{ id, task, options }` comes in,
// `{ id, result }` or `{ id, error }` goes out. Whatever it counts, it has received over the wire.
import { Client, Device } from "./client.mjs";

const FINAL = '"state":"final"';
/** How many clients knock at the same time where nothing else is said. */
const KNOCKING = 32;

/** The clients that are connected to each server, by its URL. */
const pools = new Map();
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
  async open({ url, count }) {
    const pool = pools.get(url) ?? [];
    pools.set(url, pool);
    let next = pool.length;
    const knock = async () => {
      while (next < count) {
        const device = devices[next++ % devices.length];
        pool.push(await Client.open(url, device, scopes));
      }
    };
    await Promise.all(Array.from({ length: KNOCKING }, knock));
    return { ops: pool.length };
  },

  async leave({ url }) {
    await Promise.all((pools.get(url) ?? []).map((client) => client.close()));
    pools.delete(url);
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

let asked = 0;

/** Resolves with the last answer. An error is counted by nobody, so it ends the task. */
function ask(client, { count, depth, tail }) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let answered = 0;
    const next = () => {
      sent += 1;
      client.send(`{"type":"req","id":"${(asked += 1)}"${tail}`);
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
