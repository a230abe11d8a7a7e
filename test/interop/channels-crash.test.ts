import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chance } from "../support/chance.js";
import { PROGRAM, startDaemon } from "../support/daemon.js";
import { placeName, prepareAll, startProviders, type Place, type Provider } from "../stand-ins/providers.js";

const MESSAGES = Number(process.env["CRASH_MESSAGES"] ?? 60);
const KILLS = Number(process.env["CRASH_KILLS"] ?? 6);
const SEED = Number(process.env["CRASH_SEED"] ?? 20_260_126);
const PATIENCE_MS = 60_000;
/** After so long without an answer, what a platform tells only once and nobody heard is given up. */
const QUIET_MS = 5_000;
const PLACES_OF_A_KIND = 3;
/** Between the gateway being there and its end: from before it is connected to well into its work. */
const LIFE_MS = { least: 20, most: 1_800 };

let providers: readonly Provider[];
let stateDir: string;
let extraEnv: Readonly<Record<string, string>>;
let child: ChildProcess | undefined;

beforeAll(async () => {
  providers = await startProviders();
  stateDir = await mkdtemp(join(tmpdir(), "gateway-crash-"));
  extraEnv = await prepareAll(providers, stateDir);
  const channels = Object.fromEntries(providers.map(({ channel, section }) => [channel, { ...section, dmPolicy: "open", groupPolicy: "open", historyLimit: 0 }]));
  await writeFile(join(stateDir, "openclaw.json"), JSON.stringify({ channels }), { mode: 0o600 });
});

afterAll(async () => {
  child?.kill("SIGKILL");
  await Promise.all(providers.map((provider) => provider.stop()));
  await rm(stateDir, { recursive: true, force: true });
});

/** Lives for so long after its first sign, then ends in the middle of whatever it does. */
async function shortLife(lifeMs: number): Promise<void> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: stateDir, OPENCLAW_STATE_DIR: stateDir, ...extraEnv };
  child = spawn(process.execPath, [PROGRAM, "gateway", "--port", "0"], { env, stdio: ["ignore", "pipe", "ignore"] });
  const closed = once(child, "close");
  await Promise.race([once(child.stdout ?? child, "data"), closed]);
  await pause(lifeMs);
  child.kill("SIGKILL");
  await closed;
  child = undefined;
}

interface Asked {
  readonly provider: Provider;
  readonly place: Place;
  readonly token: string;
  readonly id: string;
}

const answersTo = ({ provider, token }: Asked): number => provider.shown().filter(({ text }) => text.includes(token)).length;

const KINDS = ["direct", "group", "thread"] as const;

const sayIn = (provider: Provider, place: Place, token: string): Asked => ({ provider, place, token, id: provider.say(place, `This is ${token}.`) });

function ask(nth: number, random: () => number): Asked {
  const provider = providers[nth % providers.length];
  if (provider === undefined) throw new Error("there are no platforms");
  const { kinds = KINDS } = provider;
  const place = { kind: kinds[Math.floor(random() * kinds.length)] ?? "direct", nth: Math.floor(random() * PLACES_OF_A_KIND) };
  return sayIn(provider, place, `token-${nth}-of-this-run`);
}

/** Discord tells a bot of no direct chat in which it never heard anything: whoever writes first must find it awake. */
async function meetEverybody(): Promise<void> {
  const daemon = await startDaemon({ stateDir, env: { ...extraEnv } });
  const isLive = async (): Promise<boolean> => ((await daemon.run("channels", "status")).stdout.match(/ live /gu) ?? []).length >= providers.length;
  for (const began = Date.now(); Date.now() - began < PATIENCE_MS && !(await isLive()); ) await pause(100);
  const places = KINDS.flatMap((kind) => Array.from({ length: PLACES_OF_A_KIND }, (_, nth) => ({ kind, nth })));
  const met = providers.flatMap((provider) => places.filter(({ kind }) => (provider.kinds ?? KINDS).includes(kind)).map((place, nth) => sayIn(provider, place, `greeting-${nth}-of-this-run`)));
  for (const began = Date.now(); Date.now() - began < PATIENCE_MS && met.some((one) => answersTo(one) === 0); ) await pause(100);
  await daemon.stop();
  expect(met.filter((one) => answersTo(one) !== 1).map(({ provider, place }) => [provider.label, placeName(place)])).toEqual([]);
}

/** A dead letter is named by the message that it would have answered. */
const isListed = ({ provider, id }: Asked, letters: readonly DeadLetter[]): boolean => letters.some((letter) => letter.channel === provider.channel && letter.id.includes(id));

interface DeadLetter {
  readonly id: string;
  /** `unknown` may have arrived; `unanswered` was begun too often. */
  readonly state: string;
  readonly channel: string;
}

test(`${MESSAGES} messages while the gateway is killed ${KILLS} times: each answered once, or known to be unknown`, async () => {
  const random = chance(SEED);
  await meetEverybody();
  const asked: Asked[] = [];
  const sayMore = async (upTo: number): Promise<void> => {
    while (asked.length < upTo) {
      asked.push(ask(asked.length, random));
      await pause(random() * 20);
    }
  };
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const life = shortLife(LIFE_MS.least + random() * (LIFE_MS.most - LIFE_MS.least));
    await Promise.all([life, sayMore(Math.round((MESSAGES * kill) / (KILLS + 1)))]);
  }
  const daemon = await startDaemon({ stateDir, env: { ...extraEnv } });
  await sayMore(MESSAGES);
  const deadLetters = async (): Promise<readonly DeadLetter[]> => {
    const { stdout } = await daemon.run("gateway", "call", "channels.deadLetters.list", "--json");
    return (JSON.parse(stdout) as { deadLetters: DeadLetter[] }).deadLetters;
  };
  let letters: readonly DeadLetter[] = [];
  let [left, changedAt] = [Number.NaN, 0];
  for (const began = Date.now(); Date.now() - began < PATIENCE_MS; await pause(200)) {
    const unanswered = asked.filter((one) => answersTo(one) === 0);
    letters = unanswered.length === 0 ? [] : await deadLetters();
    if (unanswered.length !== left) [left, changedAt] = [unanswered.length, Date.now()];
    const isQuiet = Date.now() - changedAt > QUIET_MS;
    if (unanswered.every((one) => isListed(one, letters) || (isQuiet && one.provider.mayHaveSwallowed?.(one.id) === true))) break;
  }
  await daemon.stop();
  const told = asked.map((one) => ({ token: one.token, in: `${one.provider.label}, ${placeName(one.place)}`, answers: answersTo(one), isListed: isListed(one, letters), isSwallowed: one.provider.mayHaveSwallowed?.(one.id) === true }));
  process.stderr.write(`crash test, seed ${SEED}: ${MESSAGES} messages, ${KILLS} kills, ${told.filter(({ answers }) => answers === 1).length} answered once, ${told.filter(({ answers, isListed: known }) => answers === 0 && known).length} not answered and listed, ${told.filter(({ answers, isListed: known }) => answers === 0 && !known).length} gone with a stream that tells nothing twice; dead letters: ${[...new Set(letters.map(({ state }) => state))].map((state) => `${letters.filter((one) => one.state === state).length} ${state}`).join(", ") || "none"}\n`);
  expect({ seed: SEED, twice: told.filter(({ answers }) => answers > 1) }).toEqual({ seed: SEED, twice: [] });
  expect({ seed: SEED, lost: told.filter(({ answers, isListed: known, isSwallowed }) => answers === 0 && !known && !isSwallowed) }).toEqual({ seed: SEED, lost: [] });
}, 600_000);
