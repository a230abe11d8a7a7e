import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { WhatsappVault } from "../../src/adapters/channels/whatsapp/vault.js";
import { storeAt, whatsappHome, type WhatsappHome } from "../stand-ins/whatsapp-daemon.js";
import { trust } from "../stand-ins/whatsapp-rig.js";
import { WhatsappServer } from "../stand-ins/whatsapp-server.js";
import { chance } from "../support/chance.js";
import { PROGRAM } from "../support/daemon.js";

const KILLS = Number(process.env["WHATSAPP_KILLS"] ?? 6);
const STARTS = Number(process.env["WHATSAPP_STARTS"] ?? 3);
const SEED = Number(process.env["CRASH_SEED"] ?? 20_260_126);
const PATIENCE_MS = 60_000;
const TURN_MS = 5;
const MOST_WAITING = 30;
/** After a login, which begins with what was said meanwhile: from its first key to well into the next messages. */
const LIFE_MS = { least: 0, most: 500 };

let server: WhatsappServer;
let home: WhatsappHome;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  server = await WhatsappServer.start();
  trust(server);
  home = await whatsappHome(server, { groupPolicy: "open", requireMention: false, historyLimit: 0 });
});

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
});

afterAll(async () => {
  await server.close();
  await home.remove();
});

/** What the gateways have printed. */
let printed = "";

function gateway(): { readonly child: ChildProcess; readonly closed: Promise<unknown> } {
  const child = spawn(process.execPath, [PROGRAM, "gateway", "--port", "0"], { env: home.env, stdio: ["ignore", "pipe", "pipe"] });
  for (const out of [child.stdout, child.stderr]) out.setEncoding("utf8").on("data", (text: string) => { printed += text; });
  children.add(child);
  const closed = once(child, "close").then(() => children.delete(child));
  return { child, closed };
}

/** Counts turns and not time: the processes of a busy machine may stand still for minutes. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > PATIENCE_MS / TURN_MS) throw new Error(`never came: ${what}; ${server.logins} logins, ${server.retries} asked for again, ${server.unreadable} unreadable, exit codes of the rest ${JSON.stringify([...children].map(({ exitCode }) => exitCode))}; ${printed.slice(-1_500)}`);
    await pause(TURN_MS);
  }
}

/** Opens a copy of what lies there, as the next gateway would. */
async function openCopy(): Promise<{ readonly isLinked: boolean; readonly sessions: number }> {
  const copy = `${home.stateDir}/copy.jsonl`;
  await cp(home.credentials, copy);
  const store = storeAt(copy);
  const vault = new WhatsappVault(store);
  await vault.open();
  const seen = { isLinked: vault.load() !== undefined, sessions: [...store.view().keys()].filter((key) => key.startsWith("key:session:")).length };
  await vault.close();
  return seen;
}

test(`killed ${KILLS} times while keys change, the store opens, and every message is opened with what is in it`, async () => {
  const random = chance(SEED);
  const [ada, ben] = [server.world.addPerson("Ada"), server.world.addPerson("Ben")];
  const group = server.world.addGroup("Family", [ada, ben]);
  const said: string[] = [];
  const enough = new AbortController();
  const talking = (async () => {
    while (!enough.signal.aborted) {
      await pause(random() * 60);
      // Otherwise most of a long run would be said while nobody is there.
      if (said.filter((id) => !server.isAcknowledged(id)).length >= MOST_WAITING) continue;
      const from = random() < 0.5 ? ada : ben;
      said.push(await server.send({ from, content: { conversation: `message ${said.length}` }, ...(random() < 0.25 ? { group } : {}) }));
    }
  })();
  let inTheMiddle = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const logins = server.logins;
    const { child, closed } = gateway();
    await until(`login ${kill}`, () => server.logins > logins);
    await pause(LIFE_MS.least + random() * (LIFE_MS.most - LIFE_MS.least));
    child.kill("SIGKILL");
    await closed;
    if (said.some((id) => !server.isAcknowledged(id))) inTheMiddle += 1;
    expect(await openCopy()).toMatchObject({ isLinked: true });
  }
  enough.abort();
  await talking;
  const { child, closed } = gateway();
  await until("everything is received", () => said.every((id) => server.isAcknowledged(id)));
  const cleo = server.world.addPerson("Cleo");
  for (const text of ["the last but one", "the last one"]) {
    await server.send({ from: cleo, content: { conversation: text } });
    await until(`an answer to ${text}`, () => [...server.world.messages.values()].some(({ content }) => (content.extendedTextMessage?.text ?? content.conversation)?.includes(text) === true));
    // A new installation: the session that there was is closed, which libsignal would print with its keys.
    cleo.reset();
  }
  child.kill("SIGTERM");
  await closed;
  process.stderr.write(`whatsapp crash test, seed ${SEED}: ${KILLS} kills (${inTheMiddle} with messages under way), ${said.length} messages in, ${server.world.messages.size} answers out, ${server.logins} logins, ${server.retries} asked for again, ${server.unreadable} unreadable at the far end, ${(await openCopy()).sessions} sessions, ${server.connections.most} socket at a time\n`);
  expect({ retries: server.retries, unreadable: server.unreadable, devices: server.world.account.devices.size, most: server.connections.most }).toEqual({ retries: 0, unreadable: 0, devices: 1, most: 1 });
  expect(printed).toContain("gateway ready");
  expect(printed).not.toMatch(/closing|session:|<buffer|privkey/iu);
}, 1_800_000);

test(`two gateways started ${STARTS} times at once on one state folder: WhatsApp never sees two sockets`, async () => {
  server.connections.most = 0;
  const refused: (number | null)[] = [];
  for (let start = 1; start <= STARTS; start += 1) {
    const logins = server.logins;
    const both = [gateway(), gateway()];
    for (const { child } of both) child.on("exit", (code) => refused.push(code));
    await until(`login ${start}`, () => server.logins > logins);
    // The other one has given up by itself.
    await Promise.race(both.map(({ closed }) => closed));
    for (const { child } of both) child.kill("SIGTERM");
    await Promise.all(both.map(({ closed }) => closed));
  }
  process.stderr.write(`two gateways at once, ${STARTS} times: ${server.connections.most} socket at a time, exit codes ${JSON.stringify(Object.fromEntries([...new Set(refused)].map((code) => [String(code), refused.filter((one) => one === code).length])))}\n`);
  expect(server.connections.most).toBe(1);
}, 1_800_000);
