import { fieldsOf } from "../../../domain/foreign-fields.js";

/** A session of libsignal's, as far as it is touched here: `closed` is -1 while it is open, else since when it is not. */
interface Session {
  readonly indexInfo: { closed: number; used?: number };
  serialize(): object;
  /** Oldest first. */
  chains(): Iterable<readonly [key: Buffer, chain: { readonly chainType: number }]>;
  deleteChain(key: Buffer): void;
}

interface SignalRecord {
  sessions: Record<string, Session>;
  getOpenSession(): Session | undefined;
  closeSession(session: Session): void;
}

interface Cipher {
  doDecryptWhisperMessage(data: Uint8Array, session: Session): Promise<Uint8Array>;
}

type Method = (this: never, ...values: never[]) => unknown;
type Methods = Record<string, Method>;

const NEEDED = {
  SessionRecord: ["closeSession", "openSession", "removeOldSessions", "getOpenSession", "isClosed"],
  SessionCipher: ["decryptWithSessions", "doDecryptWhisperMessage"],
  SessionBuilder: ["initIncoming"],
} as const;

const MOST_CLOSED = 40;
const RECEIVING = 2;
/** As many as Signal's own library keeps. */
const MOST_CHAINS = 5;
const quieted = new WeakSet<object>();

/**
 * libsignal 6.0.0 prints sessions with their private keys to the console whenever one is closed, opened or dropped, and
 * what it could not decipher. Its few methods that print are replaced by ones that do the same in silence; the console
 * belongs to whoever runs the process, and is not touched. `false` where libsignal is not made as it was.
 *
 * It also keeps every chain of keys by which something ever came. A message after one of ours begins another, so that
 * the session of somebody who writes much would grow for ever, in memory and with each write to the disk.
 */
export function quietSignal(libsignal: unknown): boolean {
  const library = fieldsOf(libsignal);
  if (library === undefined) return false;
  if (quieted.has(library)) return true;
  const [record, cipher, builder] = [methodsOf(library, "SessionRecord"), methodsOf(library, "SessionCipher"), methodsOf(library, "SessionBuilder")];
  if (record === undefined || cipher === undefined || builder === undefined || !hasChains(library["SessionRecord"])) return false;
  quietRecord(record);
  quietCipher(cipher);
  quietBuilder(builder);
  quieted.add(library);
  return true;
}

function methodsOf(library: Readonly<Record<string, unknown>>, name: keyof typeof NEEDED): Methods | undefined {
  const made = library[name];
  const methods = typeof made === "function" ? (made.prototype as Methods) : undefined;
  return methods !== undefined && NEEDED[name].every((method) => typeof methods[method] === "function") ? methods : undefined;
}

function hasChains(made: unknown): boolean {
  const { createEntry } = made as { readonly createEntry?: () => Partial<Session> };
  const { chains, deleteChain } = createEntry?.() ?? {};
  return typeof chains === "function" && typeof deleteChain === "function";
}

function quietRecord(methods: Methods): void {
  methods["closeSession"] = (({ indexInfo }: Session) => {
    if (indexInfo.closed === -1) indexInfo.closed = Date.now();
  }) as Method;
  methods["openSession"] = (({ indexInfo }: Session) => {
    indexInfo.closed = -1;
  }) as Method;
  methods["removeOldSessions"] = function removeOldSessions(this: SignalRecord): void {
    const closed = Object.entries(this.sessions).filter(([, { indexInfo }]) => indexInfo.closed !== -1).sort(([, a], [, b]) => a.indexInfo.closed - b.indexInfo.closed);
    const surplus = Object.keys(this.sessions).length - MOST_CLOSED;
    for (const [key] of closed.slice(0, Math.max(0, surplus))) delete this.sessions[key];
    // Called before a record is stored, and never else.
    for (const session of Object.values(this.sessions)) removeOldChains(session);
  } as Method;
}

/** What comes over one of those that go has been overtaken by answers to later ones again and again: it does not come any more. */
function removeOldChains(session: Session): void {
  const receiving = [...session.chains()].filter(([, { chainType }]) => chainType === RECEIVING);
  for (const [key] of receiving.slice(0, -MOST_CHAINS)) session.deleteChain(key);
}

function quietCipher(methods: Methods): void {
  methods["decryptWithSessions"] = async function decryptWithSessions(this: Cipher, data: Uint8Array, sessions: readonly Session[]): Promise<object> {
    for (const session of sessions) {
      const before = session.serialize();
      try {
        const plaintext = await this.doDecryptWhisperMessage(data, session);
        session.indexInfo.used = Date.now();
        // To whoever asked it looks open: all that is done with one that is not is to print a line.
        return { session: { indexInfo: { ...session.indexInfo, closed: -1 } }, plaintext };
      } catch {
        // The next one may fit. To find that this one does not, libsignal has stepped it on, and stores it with the rest:
        // what really belongs to it could then not be opened any more.
        restore(session, before);
      }
    }
    throw new Error("No session fits this message");
  } as Method;
}

function restore(session: Session, before: object): void {
  const { deserialize } = session.constructor as unknown as { deserialize(stored: object): Session };
  for (const key of Object.keys(session)) Reflect.deleteProperty(session, key);
  Object.assign(session, deserialize.call(session.constructor, before));
}

function quietBuilder(methods: Methods): void {
  const begin = methods["initIncoming"];
  methods["initIncoming"] = function initIncoming(this: never, record: SignalRecord, message: object): unknown {
    // libsignal closes the open one itself, and says so.
    const quiet = Object.create(record) as SignalRecord;
    quiet.getOpenSession = () => {
      const open = record.getOpenSession();
      if (open !== undefined) record.closeSession(open);
      return undefined;
    };
    return begin?.call(this, ...([quiet, message] as never[]));
  } as Method;
}
