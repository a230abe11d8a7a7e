import type { Tailnet, TailnetOpening, TailnetWish, WhoisAnswer } from "../../../ports/tailnet.js";

/** A tailnet without a network: its members are told to it. */
export class MemoryTailnet implements Tailnet {
  readonly host: string;
  /** Whose device each address is. */
  readonly members: Map<string, string>;
  /** What others reach now. */
  opened: TailnetWish | undefined;
  /** Why nobody can be asked and nothing opened, where that is so. */
  trouble: string | undefined;

  constructor(members: Readonly<Record<string, string>> = {}, host = "gateway.tail0.ts.net") {
    this.members = new Map(Object.entries(members));
    this.host = host;
  }

  whois(address: string): Promise<WhoisAnswer> {
    if (this.trouble !== undefined) return Promise.resolve({ kind: "failed", reason: this.trouble });
    const login = this.members.get(address);
    return Promise.resolve(login === undefined ? { kind: "unknown" } : { kind: "known", login });
  }

  open(wish: TailnetWish): Promise<TailnetOpening> {
    if (this.trouble !== undefined) return Promise.resolve({ kind: "refused", reason: this.trouble });
    if (this.opened !== undefined && this.opened.port !== wish.port) return Promise.resolve({ kind: "refused", reason: "Something else is served already: end it first." });
    this.opened = wish;
    return Promise.resolve({
      kind: "open",
      host: this.host,
      close: () => {
        if (this.opened === wish) this.opened = undefined;
        return Promise.resolve({ kind: "closed" });
      },
    });
  }
}
