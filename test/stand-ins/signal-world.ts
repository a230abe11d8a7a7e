/** Somebody at Signal. Whoever hides their number has none that others see. */
export interface SignalPerson {
  readonly uuid: string;
  readonly number?: string;
  readonly name: string;
}

export interface SignalGroup {
  readonly id: string;
  readonly name: string;
}

export interface SignalFile {
  readonly id: string;
  readonly mimeType: string;
  readonly fileName?: string;
  readonly bytes: Uint8Array;
}

/** Where a message is, from the account's side. */
export type SignalChat = { readonly person: SignalPerson } | { readonly group: SignalGroup };

/** A message of an account, as its chat shows it now. */
export interface SignalMessage {
  readonly timestamp: number;
  readonly author: SignalPerson;
  readonly chat: SignalChat;
  text: string;
  styles: readonly string[];
  edits: number;
  readonly quote?: { readonly timestamp: number; readonly author: string; readonly text: string };
  readonly files: readonly SignalFile[];
  readonly poll?: { readonly question: string; readonly options: readonly string[]; readonly allowMultiple: boolean };
  readonly reactions: Map<string, string>;
  /** Moments by which its later forms may be named. */
  readonly revisions: number[];
}

/** Signal itself: who there is, which groups, which accounts signal-cli has, and what was said. */
export class SignalWorld {
  readonly people = new Map<string, SignalPerson>();
  readonly groups = new Map<string, SignalGroup>();
  readonly accounts = new Map<string, SignalPerson>();
  /** What accounts have sent, in order. */
  readonly sent: SignalMessage[] = [];
  readonly files = new Map<string, SignalFile>();
  readonly untrusted = new Set<string>();
  /** What Signal wants solved before an account sends more. */
  challenge: string | undefined;
  /** Called with each text that an account sends, or changes. */
  onSent: (text: string, timestamp: number) => void = () => undefined;
  readonly #now: () => number;
  #last = 0;
  #count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Each message has a moment of its own. */
  moment(): number {
    this.#last = Math.max(this.#last + 1, this.#now());
    return this.#last;
  }

  addPerson(name: string, { number = `+4915${String(100_000_000 + this.#count)}` }: { number?: string | null } = {}): SignalPerson {
    this.#count += 1;
    const uuid = `${String(this.#count).padStart(8, "0")}-aaaa-4bbb-8ccc-${String(this.#count).padStart(12, "0")}`;
    const person = { uuid, name, ...(number === null ? {} : { number }) };
    this.people.set(uuid, person);
    return person;
  }

  addAccount(number: string, name = "Gateway"): SignalPerson {
    const person = this.addPerson(name, { number });
    this.accounts.set(number, person);
    return person;
  }

  addGroup(name: string): SignalGroup {
    this.#count += 1;
    const group = { id: Buffer.from(String(this.#count).padStart(32, "g")).toString("base64"), name };
    this.groups.set(group.id, group);
    return group;
  }

  keepFile(file: Omit<SignalFile, "id">): SignalFile {
    const kept = { ...file, id: `file-${(this.#count += 1)}.bin` };
    this.files.set(kept.id, kept);
    return kept;
  }

  /** By uuid, number or name, as commands name people. */
  find(address: string): SignalPerson | undefined {
    return [...this.people.values()].find(({ uuid, number, name }) => address === uuid || address === number || address === `${name.toLowerCase()}.01`);
  }

  sentAt(timestamp: number): SignalMessage | undefined {
    return this.sent.find((message) => message.timestamp === timestamp || message.revisions.includes(timestamp));
  }
}
