import type { ImsgMac, MacChat, MacRow } from "./imsg-mac.js";
import { renderRow } from "./imsg-mac.js";

export type Params = Readonly<Record<string, unknown>>;

export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** How this Mac is set up, and how its imsg behaves. */
export interface ImsgManner {
  hasDiskAccess: boolean;
  hasAutomation: boolean;
  hasBridge: boolean;
  /** Versions before it have no `status`. */
  hasStatus: boolean;
  /** Whether a row of what is sent is told before the send is answered, or after. */
  echo: "before" | "after";
  /** Such a row comes first as if somebody else had written it, and then once more as it is. */
  comesAsTheirs: boolean;
  tellsGuid: boolean;
  /** What a script prints before imsg speaks. */
  greeting: string;
  refuses: (method: string, params: Params) => RpcError | undefined;
}

const ALWAYS = ["initialize", "status", "watch.unsubscribe", "chats.list", "messages.history", "watch.subscribe", "send", "typing", "read"];
const BY_BRIDGE = ["send.rich", "send.attachment", "poll.send", "tapback", "message.edit", "message.unsend"];
const CHAT = ["chat_id", "chat_guid", "chat_identifier"];
const SERVICE = ["service", "region"];
const KEYS: Readonly<Record<string, readonly string[]>> = {
  status: [],
  "chats.list": ["limit", "unread_only"],
  "messages.history": ["chat_id", "limit", "attachments"],
  send: ["to", ...CHAT, "text", "file", ...SERVICE],
  "send.rich": [...CHAT, "text", "reply_to"],
  "send.attachment": [...CHAT, "file", "audio", "reply_to"],
  "poll.send": [...CHAT, "question", "options"],
  tapback: [...CHAT, "message_id", "reaction", "emoji", "remove"],
  typing: ["to", ...CHAT, "typing", "service"],
  read: ["to", ...CHAT],
  "message.edit": [...CHAT, "message_id", "text"],
  "message.unsend": [...CHAT, "message_id"],
};

interface Answer {
  readonly result: unknown;
  /** To be done once it is on its way. */
  readonly afterwards?: () => void;
}

export function callMethod(mac: ImsgMac, manner: ImsgManner, method: string, params: Params): Answer {
  const keys = KEYS[method];
  if (keys === undefined || (method === "status" && !manner.hasStatus)) throw new RpcError(-32_601, "Method not found", method);
  const unknown = Object.keys(params).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new RpcError(-32_602, `Invalid params: unknown parameter ${unknown}`);
  const refusal = manner.refuses(method, params);
  if (refusal !== undefined) throw refusal;
  if (BY_BRIDGE.includes(method) && !manner.hasBridge) throw new RpcError(-32_603, "The bridge is not started.", { retry_safe: true, disposition: "not_started" });
  if (method === "status") return { result: statusOf(manner) };
  if (method === "chats.list") return { result: { chats: chatsOf(mac, Number(params["limit"] ?? 20)) } };
  if (method === "messages.history") return { result: { messages: historyOf(mac, params) } };
  const chat = chatOf(mac, params);
  if (method === "typing" || method === "read") return { result: { ok: true } };
  return method.startsWith("send") || method === "poll.send" ? send(mac, manner, chat, params) : change(mac, method, params);
}

const statusOf = ({ hasBridge, hasDiskAccess }: ImsgManner): Params => ({
  version: "0.15.10",
  protocol_version: 1,
  database: hasDiskAccess ? { ready: true, features: { reactions: true } } : { ready: false, error: "Full Disk Access is required to read the Messages database." },
  bridge: hasBridge ? { ready: true } : { ready: false, error: "The bridge is not started." },
  methods: [...ALWAYS, ...(hasBridge ? BY_BRIDGE : [])],
  capabilities: { features: hasBridge ? { "tapback.emoji": 2 } : {} },
});

function chatsOf(mac: ImsgMac, limit: number): readonly Params[] {
  const latest = (chat: MacChat): number => mac.rows.findLast((row) => row.chat.id === chat.id)?.rowid ?? 0;
  return mac.chats.filter((chat) => latest(chat) > 0).sort((one, other) => latest(other) - latest(one)).slice(0, limit).map((chat) => ({
    id: chat.id, guid: chat.guid, identifier: chat.identifier, name: chat.name, is_group: chat.isGroup, participants: chat.participants, service: "iMessage",
  }));
}

const historyOf = (mac: ImsgMac, { chat_id: id, limit = 50 }: Params): readonly Params[] =>
  mac.rows.filter((row) => row.chat.id === id && row.reaction === undefined).slice(-Number(limit)).reverse().map((row) => renderRow(row, { files: false }));

function chatOf(mac: ImsgMac, { to, chat_id: id, chat_guid: guid, chat_identifier: identifier }: Params): MacChat {
  if (typeof to === "string") {
    if (!mac.isReachable(to)) throw new RpcError(-32_603, `AppleScript failed: Messages got an error: Can’t get buddy "${to}" of service 1. (-1728)`);
    return mac.person(to);
  }
  const chat = mac.chats.find((one) => one.id === id || one.guid === guid || one.identifier === identifier);
  if (chat === undefined) throw new RpcError(-32_602, "Invalid params: unknown chat");
  return chat;
}

function send(mac: ImsgMac, manner: ImsgManner, chat: MacChat, params: Params): Answer {
  if (!manner.hasAutomation) throw new RpcError(-32_603, "AppleScript failed: Not authorized to send Apple events to Messages. (-1743)");
  const { text, file, reply_to: replyTo, question, options } = params;
  if (replyTo !== undefined && mac.row(replyTo) === undefined) throw new RpcError(-32_602, "Invalid params: reply target message not found");
  const isToSelf = chat.identifier === mac.ownAddress;
  const unwatched: MacRow[] = [];
  const make = (): MacRow => mac.write({
    chat, isSent: true, isFromMe: !manner.comesAsTheirs, ownAddress: mac.ownAddress,
    // As it first comes, nobody would know whose it is.
    sender: manner.comesAsTheirs ? chat.participants[0] ?? "" : "",
    ...(typeof text === "string" ? { text } : {}),
    ...(typeof file === "string" ? { file: mac.stage(file) } : {}),
    ...(typeof replyTo === "string" ? { replyTo } : {}),
    ...(typeof question === "string" ? { poll: { question, options: options as readonly string[] } } : {}),
  });
  const row = manner.echo === "before" ? make() : silently(mac, make, unwatched);
  const settle = (): void => {
    for (const one of unwatched) mac.tell(one);
    if (manner.comesAsTheirs) {
      row.isFromMe = true;
      mac.tell(row);
    }
    if (isToSelf) mac.write({ chat, sender: mac.ownAddress, text: row.text, createdAt: row.createdAt });
  };
  return { result: { ok: true, ...(manner.tellsGuid ? { id: row.rowid, guid: row.guid } : {}) }, afterwards: settle };
}

/** Writes a row that is told later. */
function silently(mac: ImsgMac, make: () => MacRow, unwatched: MacRow[]): MacRow {
  const tell = mac.tell.bind(mac);
  mac.tell = (row) => { unwatched.push(row); };
  try {
    return make();
  } finally {
    mac.tell = tell;
  }
}

function change(mac: ImsgMac, method: string, { message_id: guid, text, reaction, emoji, remove }: Params): Answer {
  const row = mac.row(guid);
  if (row === undefined) throw new RpcError(-32_602, "Invalid params: message not found");
  if (method === "message.edit") {
    row.text = String(text);
    row.edits += 1;
  } else if (method === "message.unsend") row.isRetracted = true;
  else if (remove === true) row.reactions.delete(String(reaction ?? emoji));
  else row.reactions.add(String(reaction ?? emoji));
  return { result: { ok: true } };
}
