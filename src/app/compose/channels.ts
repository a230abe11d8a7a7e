import type { ConfiguredAccount, Env } from "../../adapters/config/file/index.js";
import type { Channel } from "../../ports/channel.js";
import type { ConfigIssue } from "../../ports/config-source.js";
import { memoryShelf, type AccountShelf, type ChannelShelf } from "./channel-shelf.js";
import { HEALTH_PATHS } from "./health-routes.js";

type Read<C> = { readonly config: C } | { readonly issues: readonly ConfigIssue[] };
/** `shelf`: where an account keeps what it is given when it is linked. */
type Maker = (section: unknown, accountId: string, env: Env, shelf: AccountShelf) => Read<Making>;

interface Making {
  /** All that the channel is made from: another text wherever it would be another channel. Holds secrets. */
  readonly identity: string;
  /** Nothing is opened before it is started. */
  readonly channel: Channel;
}

/** A channel by what its folder exports. */
const made = <C>(parse: (section: unknown, accountId: string, env: Env) => Read<C>, create: (config: C, shelf: AccountShelf) => Channel): Maker => (section, accountId, env, shelf) => {
  const read = parse(section, accountId, env);
  return "issues" in read ? read : { config: { identity: JSON.stringify(read.config), channel: create(read.config, shelf) } };
};

/** Every channel that can be configured, loaded where it is. A new one is one line here. */
const CHANNELS: ReadonlyMap<string, () => Promise<Maker>> = new Map([
  ["telegram", () => import("../../adapters/channels/telegram/index.js").then((its) => made(its.parseTelegramConfig, its.telegram))],
  ["slack", () => import("../../adapters/channels/slack/index.js").then((its) => made(its.parseSlackConfig, its.slack))],
  ["discord", () => import("../../adapters/channels/discord/index.js").then((its) => made(its.parseDiscordConfig, its.discord))],
  ["whatsapp", () => import("../../adapters/channels/whatsapp/index.js").then((its) => made(its.parseWhatsappConfig, its.whatsapp))],
  ["signal", () => import("../../adapters/channels/signal/index.js").then((its) => made(its.parseSignalConfig, its.signal))],
  ["imessage", () => import("../../adapters/channels/imessage/index.js").then((its) => made(its.parseIMessageConfig, its.imessage))],
]);

export interface ConfiguredChannels {
  readonly channels: readonly Channel[];
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
}

/** The channels of a configuration. One that is not configured well is left out and told of; the others go on. */
export const createChannels = (accounts: readonly ConfiguredAccount[], env: Env, shelf: ChannelShelf = memoryShelf()): Promise<ConfiguredChannels> =>
  new ChannelShift(shelf).next(accounts, env);

/** Makes the channels of one configuration after the other. One that nothing changed about stays the same object. */
export class ChannelShift {
  readonly #shelf: ChannelShelf;
  #made: ReadonlyMap<string, Making> = new Map();

  constructor(shelf: ChannelShelf) {
    this.#shelf = shelf;
  }

  async next(accounts: readonly ConfiguredAccount[], env: Env): Promise<ConfiguredChannels> {
    const { makings, ...found } = await readChannels(accounts, env, this.#shelf);
    const before = this.#made;
    this.#made = new Map([...makings].map(([key, fresh]) => {
      const old = before.get(key);
      return [key, old?.identity === fresh.identity ? old : fresh];
    }));
    return { channels: [...this.#made.values()].map(({ channel }) => channel), ...found };
  }
}

type Found = Pick<ConfiguredChannels, "issues" | "warnings"> & { readonly makings: ReadonlyMap<string, Making> };

async function readChannels(accounts: readonly ConfiguredAccount[], env: Env, shelf: ChannelShelf): Promise<Found> {
  const makings = new Map<string, Making>();
  const issues: ConfigIssue[] = [];
  const warnings: ConfigIssue[] = [];
  const paths = new Set<string>(HEALTH_PATHS);
  for (const { channel, accountId, section, path } of accounts) {
    const load = CHANNELS.get(channel);
    if (load === undefined) {
      // WebChat is always there, and takes its settings from nowhere.
      if (channel !== "webchat") warnings.push({ path, message: `This version of the gateway has no channel "${channel.slice(0, 32)}"; it has ${[...CHANNELS.keys()].join(", ")} and webchat.` });
      continue;
    }
    const maker = await load();
    const read = maker(section, accountId, env, shelf.of(channel, accountId));
    if ("issues" in read) {
      issues.push(...read.issues);
      continue;
    }
    const called = read.config.channel.webhook?.path;
    // Of two at one path, one would never be called, and nothing would show it.
    if (called !== undefined && paths.has(called)) {
      issues.push({ path, message: `Something else is called at ${called} already; give this account a webhookPath of its own.` });
      continue;
    }
    if (called !== undefined) paths.add(called);
    makings.set(JSON.stringify([channel, accountId]), read.config);
  }
  return { makings, issues, warnings };
}
