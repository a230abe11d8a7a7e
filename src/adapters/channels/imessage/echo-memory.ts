import { after, type EpochMs } from "../../../domain/moment.js";

/** What a row tells about whose it is. */
export interface Heard {
  readonly guid: string;
  /** All spellings of the chat. */
  readonly addresses: readonly string[];
  readonly isDirect: boolean;
  readonly isFromMe: boolean;
  readonly sender: string;
  readonly ownAddress?: string;
  readonly text: string;
  readonly fileNames: readonly string[];
  readonly createdAt: EpochMs;
}

/** One row that a send will make: a text, or a file. */
export interface Outgoing {
  readonly chatId: string;
  readonly text?: string;
  readonly fileName?: string;
  /** It comes beside the row whose guid is told, and has a guid that nobody tells. */
  readonly isBeside?: boolean;
}

/**
 * `echo`: this gateway sent it. `own`: the account said it elsewhere, or to itself. While a send with the same text is
 * under way nobody knows: judged again once it is settled, it is decided by the guid that the send was given.
 */
export type Whose = "echo" | "own" | "theirs" | { readonly settled: Promise<void> };

interface Expected extends Outgoing {
  readonly until: EpochMs;
  readonly send: Send;
}

interface Send {
  isSettled: boolean;
  readonly settled: Promise<void>;
  readonly settle: () => void;
  readonly found: (guid: string) => void;
}

/** A send that is under way. */
export interface Expectation {
  readonly ids: readonly number[];
  /** Resolves with the first row that it was recognised by; never where none comes. */
  readonly seen: Promise<string>;
  readonly send: Send;
}

/** How long a send may take, and how long after its end its rows may come without being known by their guid. */
const SENDING_MS = 180_000;
const SETTLED_MS = 15_000;
/** The two rows of a message to oneself are written in the same moment. */
const PAIR_MS = 1_000;
const MAX_EXPECTED = 500;
const MAX_GUIDS = 500;
const MAX_OWN_ADDRESSES = 32;

/**
 * Tells what this account said from what others said. Messages writes what is sent as rows like any other, some of them
 * first as if somebody else had said it. Each send is recognised once by its text, in
 * a short time, and by its guid for ever; what is recognised counts against nothing.
 */
export class EchoMemory {
  /** Oldest first. */
  readonly #guids = new Set<string>();
  readonly #ownAddresses = new Set<string>();
  readonly #expected = new Map<number, Expected>();
  #lastId = 0;

  /** To be called before the message leaves: its rows may come before anybody says that it was sent. */
  expect(outgoing: readonly Outgoing[], now: EpochMs): Expectation {
    this.#forget(now);
    let [found, settle]: [(guid: string) => void, () => void] = [() => undefined, () => undefined];
    const seen = new Promise<string>((resolve) => { found = resolve; });
    const settled = new Promise<void>((resolve) => { settle = resolve; });
    const send: Send = { isSettled: false, settled, settle, found };
    const ids = outgoing.map((one) => {
      this.#lastId += 1;
      this.#expected.set(this.#lastId, { ...one, until: after(now, SENDING_MS), send });
      return this.#lastId;
    });
    return { ids, seen, send };
  }

  /** It was sent, or may have been. Where its guid is known, its text says nothing any more. */
  settle({ ids, send }: Expectation, { guid, now }: { readonly guid?: string; readonly now: EpochMs }): void {
    if (guid !== undefined) this.noteSent(guid);
    for (const id of ids) {
      const expected = this.#expected.get(id);
      if (guid !== undefined && expected?.isBeside !== true) this.#expected.delete(id);
      else if (expected !== undefined) this.#expected.set(id, { ...expected, until: after(now, SETTLED_MS) });
    }
    conclude(send);
  }

  /** It was certainly not sent. */
  drop({ ids, send }: Expectation): void {
    for (const id of ids) this.#expected.delete(id);
    conclude(send);
  }

  noteSent(guid: string): void {
    this.#guids.add(guid);
    const [oldest] = this.#guids;
    if (this.#guids.size > MAX_GUIDS && oldest !== undefined) this.#guids.delete(oldest);
  }

  /** One of the addresses by which others reach this account. */
  noteOwnAddress(address: string): void {
    if (address === "" || this.#ownAddresses.size >= MAX_OWN_ADDRESSES) return;
    this.#ownAddresses.add(address);
  }

  isOwn(guid: string): boolean {
    return this.#guids.has(guid);
  }

  isOwnAddress(address: string): boolean {
    return this.#ownAddresses.has(address);
  }

  /** What has to survive a restart. */
  get kept(): { readonly guids: readonly string[]; readonly addresses: readonly string[] } {
    return { guids: [...this.#guids], addresses: [...this.#ownAddresses] };
  }

  judge(heard: Heard, now: EpochMs): Whose {
    this.#forget(now);
    if (heard.isFromMe) return this.#judgeOwn(heard);
    if (this.isOwn(heard.guid)) return "echo";
    if (heard.sender !== "" && (this.isOwnAddress(heard.sender) || heard.sender === heard.ownAddress)) return "own";
    const open = this.#fitting(heard).find(([, { send }]) => !send.isSettled);
    if (open !== undefined) return { settled: open[1].send.settled };
    return this.#recognise(heard) ? "echo" : "theirs";
  }

  #judgeOwn(heard: Heard): Whose {
    if (heard.ownAddress !== undefined) this.noteOwnAddress(heard.ownAddress);
    return this.isOwn(heard.guid) || this.#recognise(heard) ? "echo" : "own";
  }

  /** By text or by the name of a file, once for each that was sent. */
  #recognise(heard: Heard): boolean {
    const fitting = this.#fitting(heard);
    const [text] = fitting.filter(([, { text }]) => text !== undefined);
    const [file] = fitting.filter(([, { fileName }]) => fileName !== undefined);
    const found = [text, file].filter((one) => one !== undefined);
    if (found.length === 0) return false;
    this.noteSent(heard.guid);
    for (const [id, expected] of found) {
      this.#expected.delete(id);
      expected.send.found(heard.guid);
    }
    return true;
  }

  #fitting(heard: Heard): readonly (readonly [number, Expected])[] {
    return [...this.#expected].filter(([, expected]) => heard.addresses.includes(expected.chatId) && fits(expected, heard));
  }

  #forget(now: EpochMs): void {
    for (const [id, { until, send }] of this.#expected) {
      if (until > now && this.#expected.size <= MAX_EXPECTED) continue;
      this.#expected.delete(id);
      conclude(send);
    }
  }
}

function conclude(send: Send): void {
  send.isSettled = true;
  send.settle();
}

function fits({ text, fileName }: Outgoing, heard: Heard): boolean {
  if (text !== undefined) return sameText(text, heard.text);
  return fileName !== undefined && heard.fileNames.includes(fileName);
}

type Said = Pick<Heard, "addresses" | "text" | "fileNames" | "createdAt">;

/** Whether two rows are what somebody said to themselves, as it went out and as it came in. */
export function isPair(one: Said, other: Said): boolean {
  if (Math.abs(one.createdAt - other.createdAt) > PAIR_MS || !one.addresses.some((address) => other.addresses.includes(address))) return false;
  return sameText(one.text, other.text) || (one.text === other.text && one.fileNames.some((name) => other.fileNames.includes(name)));
}

/** What Messages leaves of a text on its way: blanks, invisible characters and forms of characters may change. */
const normalised = (text: string): string => text.normalize("NFKC").replace(/\u{fffc}|\u{fe0e}|\u{fe0f}|\p{Cf}/gu, "").replace(/\s+/gu, " ").trim();

/** That neither says anything makes them no equal. */
const sameText = (one: string, other: string): boolean => {
  const text = normalised(one);
  return text !== "" && text === normalised(other);
};
