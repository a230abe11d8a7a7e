import type { ChannelAbilities } from "../../domain/messaging/abilities.js";
import type { ChannelStatus } from "../../domain/messaging/channel-status.js";
import type { Refused } from "../../domain/messaging/outbound.js";
import { epochMs } from "../../domain/moment.js";
import type { Channel, ChannelHost } from "../../ports/channel.js";

/** What a channel must bring; whatever else it leaves out is refused as unsupported. */
export type ChannelParts = Pick<Channel, "id" | "label" | "send"> &
  Partial<Omit<Channel, "id" | "label" | "send" | "abilities">> & { readonly abilities?: Partial<ChannelAbilities> };

/** Text of any length, and nothing else. */
const PLAIN: ChannelAbilities = {
  text: { limit: 4_000, unit: "utf16", dialect: "plain" },
  edit: false,
  remove: false,
  threads: false,
  reactions: "none",
  buttons: false,
  markRead: false,
  ack: "non-replay",
};

/** A whole channel from the parts that it has, for those who write a small one: at least a way to send. */
export function defineChannel(parts: ChannelParts): Channel {
  const unsupported = (what: string): Refused => ({ kind: "refused", code: "unsupported", reason: `${parts.label} ${what}.` });
  let status: ChannelStatus = { state: "idle", since: epochMs(0) };
  const enter = (state: ChannelStatus["state"], host: ChannelHost): void => {
    status = { state, since: host.clock.now() };
    host.report(status);
  };
  return {
    accountId: "default",
    status: () => status,
    parseTarget: (text) => (text.trim() === "" ? undefined : { chatId: text.trim() }),
    edit: async () => unsupported("can't edit messages"),
    remove: async () => unsupported("can't delete messages"),
    react: async () => unsupported("has no reactions"),
    typing: async () => undefined,
    markRead: async () => undefined,
    fetchMedia: async () => unsupported("has no files"),
    probe: async () => ({ kind: "ok", latencyMs: 0 }),
    login: async function* login() {
      yield unsupported("needs no login");
    },
    logout: async () => ({ cleared: false, loggedOut: false, reason: `${parts.label} has no login to forget.` }),
    ...parts,
    start: async (host) => {
      await parts.start?.(host);
      // Who has more to tell than that it was started brings its own.
      if (parts.status === undefined) enter("live", host);
    },
    stop: async (deadline) => {
      status = { ...status, state: "idle" };
      await parts.stop?.(deadline);
    },
    abilities: { ...PLAIN, ...parts.abilities },
  };
}
