import type { SignalChat, SignalFile, SignalMessage, SignalPerson, SignalWorld } from "./signal-world.js";

/** An error as signal-cli answers with it. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data: unknown = null) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

type Params = Readonly<Record<string, unknown>>;

export interface MethodContext {
  readonly world: SignalWorld;
  readonly account: SignalPerson;
  readonly params: Params;
}

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : []);
const count = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);

/** What became of one recipient, as `results` has it. */
const resultFor = ({ uuid, number }: SignalPerson, type: string, extra: Params = {}): Params => ({ recipientAddress: { uuid, number: number ?? null, username: null }, type, ...extra });

function chatOf({ world, account, params }: MethodContext): SignalChat {
  if (params["noteToSelf"] === true) return { person: account };
  const [groupId] = list(params["groupId"]);
  if (groupId !== undefined) {
    const group = world.groups.get(groupId);
    if (group === undefined) throw new RpcError(-1, "Group not found: " + groupId);
    return { group };
  }
  const [address] = [...list(params["recipient"]), ...list(params["username"])];
  if (address === undefined) throw new RpcError(-1, "No recipients given");
  const person = world.find(address);
  if (person === undefined) throw new RpcError(-1, "Failed to send message", { response: { timestamp: 1, results: [{ recipientAddress: { uuid: address, number: null, username: null }, type: "UNREGISTERED_FAILURE" }] } });
  return { person };
}

/** Refuses as Signal does, or tells what each recipient gets. */
function judge(context: MethodContext, chat: SignalChat): readonly Params[] {
  const { world } = context;
  if (world.challenge !== undefined) throw new RpcError(-5, "Failed to send message due to rate limiting", { response: { timestamp: 1, results: [resultFor("person" in chat ? chat.person : context.account, "RATE_LIMIT_FAILURE", { token: world.challenge, retryAfterSeconds: 86_400 })] } });
  if ("group" in chat) return [];
  if (world.untrusted.has(chat.person.uuid)) throw new RpcError(-4, "Failed to send message due to untrusted identities", { response: { timestamp: 1, results: [resultFor(chat.person, "IDENTITY_FAILURE")] } });
  return [resultFor(chat.person, "SUCCESS")];
}

function fileOf(world: SignalWorld, text: string): SignalFile {
  const [, mimeType = "", fileName, data] = /^data:([^;,]+)(?:;filename=([^;,]+))?;base64,(.*)$/su.exec(text) ?? [];
  if (data === undefined) throw new RpcError(-1, "Failed to add attachment: no such file");
  return world.keepFile({ mimeType, bytes: new Uint8Array(Buffer.from(data, "base64")), ...(fileName === undefined ? {} : { fileName: decodeURIComponent(fileName) }) });
}

function checkStyles(styles: readonly string[], text: string): void {
  for (const style of styles) {
    const [, start, length] = /^(\d+):(\d+):(?:BOLD|ITALIC|SPOILER|STRIKETHROUGH|MONOSPACE)$/u.exec(style) ?? [];
    if (start === undefined || Number(start) + Number(length) > text.length) throw new RpcError(-1, "Invalid textStyle syntax");
  }
}

function send(context: MethodContext): Params {
  const { world, account, params } = context;
  const chat = chatOf(context);
  const text = typeof params["message"] === "string" ? params["message"] : "";
  const styles = list(params["textStyle"]);
  const attachments = list(params["attachments"]);
  if (text === "" && attachments.length === 0) throw new RpcError(-1, "No message given");
  checkStyles(styles, text);
  const results = judge(context, chat);
  const timestamp = world.moment();
  const edited = params["editTimestamp"] === undefined ? undefined : world.sentAt(count(params["editTimestamp"]));
  if (params["editTimestamp"] !== undefined && edited === undefined) throw new RpcError(-1, "Message to edit not found");
  if (edited !== undefined) {
    Object.assign(edited, { text, styles, edits: edited.edits + 1 });
    edited.revisions.push(timestamp);
  } else {
    const quote = typeof params["quoteTimestamp"] === "number" ? { quote: { timestamp: params["quoteTimestamp"], author: String(params["quoteAuthor"]), text: String(params["quoteMessage"]) } } : {};
    world.sent.push({ timestamp, author: account, chat, text, styles, edits: 0, files: attachments.map((one) => fileOf(world, one)), reactions: new Map(), revisions: [], ...quote });
  }
  world.onSent(text, edited?.timestamp ?? timestamp);
  return { timestamp, results };
}

function poll(context: MethodContext): Params {
  const { world, account, params } = context;
  const chat = chatOf(context);
  const options = list(params["option"]);
  if (options.length < 2 || options.length > 10) throw new RpcError(-1, "Poll needs two to ten options");
  const results = judge(context, chat);
  const timestamp = world.moment();
  world.sent.push({ timestamp, author: account, chat, text: "", styles: [], edits: 0, files: [], reactions: new Map(), revisions: [], poll: { question: String(params["question"]), options, allowMultiple: params["noMulti"] !== true } });
  return { timestamp, results };
}

function target({ world, params }: MethodContext): SignalMessage | undefined {
  const at = count(params["targetTimestamp"]);
  if (Number.isNaN(at)) throw new RpcError(-32_600, "targetTimestamp is missing");
  return world.sentAt(at);
}

function react(context: MethodContext): Params {
  const { account, params, world } = context;
  chatOf(context);
  if (typeof params["emoji"] !== "string" || typeof params["targetAuthor"] !== "string") throw new RpcError(-32_600, "emoji and targetAuthor are needed");
  const message = target(context);
  if (params["remove"] === true) message?.reactions.delete(account.uuid);
  else message?.reactions.set(account.uuid, params["emoji"]);
  return { timestamp: world.moment(), results: [] };
}

function remove(context: MethodContext): Params {
  const { world } = context;
  chatOf(context);
  const message = target(context);
  if (message !== undefined) world.sent.splice(world.sent.indexOf(message), 1);
  return { timestamp: world.moment(), results: [] };
}

function attachment({ world, params }: MethodContext): Params {
  const file = world.files.get(String(params["id"]));
  if (file === undefined) throw new RpcError(-32_603, `An error occurred reading attachment: ${String(params["id"])}`);
  return { data: Buffer.from(file.bytes).toString("base64") };
}

function submitChallenge({ world, params }: MethodContext): Params {
  if (params["challenge"] !== world.challenge || params["captcha"] !== "signalcaptcha://solved") throw new RpcError(-6, "Captcha rejected");
  world.challenge = undefined;
  return {};
}

/** Commands of one account. */
export const METHODS: Readonly<Record<string, (context: MethodContext) => unknown>> = {
  send,
  sendPollCreate: poll,
  sendReaction: react,
  remoteDelete: remove,
  sendTyping: (context) => {
    chatOf(context);
    return { timestamp: context.world.moment(), results: [] };
  },
  sendReceipt: ({ world, params }) => {
    if (typeof params["recipient"] !== "string" || !Array.isArray(params["targetTimestamp"])) throw new RpcError(-1, "One recipient is needed");
    return { timestamp: world.moment(), results: [] };
  },
  getAttachment: attachment,
  submitRateLimitChallenge: submitChallenge,
  trust: ({ world, params }) => {
    for (const address of list(params["recipient"])) world.untrusted.delete(world.find(address)?.uuid ?? "");
    return {};
  },
  getUserStatus: ({ world, params }) => list(params["recipient"]).map((recipient) => {
    const person = world.find(recipient);
    return { recipient, number: person?.number ?? null, uuid: person?.uuid ?? null, isRegistered: person !== undefined };
  }),
  listGroups: ({ world }) => [...world.groups.values()].map(({ id, name }) => ({ id, name, isMember: true })),
};
