/** Whose device an address of the tailnet is. `unknown`: nobody's, or a machine that stands for no person. Reasons are whole sentences. */
export type WhoisAnswer =
  | { readonly kind: "known"; readonly login: string }
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly reason: string };

/** A listener of this host's loopback that others are to reach. */
export interface TailnetWish {
  /** `serve`: those of the tailnet. `funnel`: the whole internet. */
  readonly mode: "serve" | "funnel";
  readonly port: number;
  /** Whether the listener speaks TLS. */
  readonly secure: boolean;
}

export type TailnetOpening =
  | {
      readonly kind: "open";
      /** The name, without a final dot, at which it is reached by TLS on port 443. */
      readonly host: string;
      /** Takes away what was opened, and nothing that somebody else put in its place. Never rejects; a reason is a whole sentence. */
      close(): Promise<{ readonly kind: "closed" } | { readonly kind: "failed"; readonly reason: string }>;
    }
  | { readonly kind: "refused"; readonly reason: string };

/** The private network that this host is a member of, as its own daemon here knows it. */
export interface Tailnet {
  /** Asks the daemon, never the peer. An address is what `X-Forwarded-For` may hold: text that is none is nobody's. Never rejects. */
  whois(address: string): Promise<WhoisAnswer>;
  /** Lets others reach a listener of this host. What others already reach in its place is left alone, and is a refusal. Never rejects. */
  open(wish: TailnetWish): Promise<TailnetOpening>;
}
