import type { FileConfigSource } from "../../adapters/config/file/index.js";
import { after } from "../../domain/moment.js";
import type { Clock } from "../../ports/clock.js";
import type { Log } from "../../ports/log.js";
import type { Tailnet, TailnetOpening, TailnetWish } from "../../ports/tailnet.js";

/** This host's tailnet, whose code is read when somebody first needs it. */
export function lateTailnet({ config }: { readonly config: FileConfigSource }, clock: Clock): Tailnet {
  let loaded: Promise<Tailnet> | undefined;
  const load = (): Promise<Tailnet> =>
    (loaded ??= import("../../adapters/tailnet/tailscale/index.js").then(({ TailscaleTailnet }) => {
      const { program, socket } = config.listen().tailscale;
      return new TailscaleTailnet({ clock, env: plainOf(config.env()), ...(program === undefined ? {} : { program }), ...(socket === undefined ? {} : { socket }) });
    }));
  return {
    whois: async (address) => (await load()).whois(address),
    open: async (wish) => (await load()).open(wish),
  };
}

/** Of the environment, which holds secrets of others, what a program cannot do without. */
const plainOf = (env: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(["PATH", "HOME", "USER", "LANG", "SystemRoot", "USERPROFILE"].map((name) => [name, env[name]]));

interface Parts {
  readonly tailnet: Tailnet;
  readonly clock: Clock;
  readonly log: Log;
}

/** After a start of the host, Tailscale may be there later than the gateway. */
const AGAIN_MS = 30_000;

/** The gateway's way in from the tailnet, or from the internet through it. Opened beside the gateway, which does not wait for it. */
export class TailnetDoor {
  readonly #parts: Parts;
  #opened: Extract<TailnetOpening, { kind: "open" }> | undefined;
  #working: Promise<void> = Promise.resolve();
  #told: string | undefined;
  #forgetRetry = (): void => undefined;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** By which names others call the gateway because of it. */
  hosts(): readonly string[] {
    return this.#opened === undefined ? [] : [this.#opened.host];
  }

  urls(): readonly string[] {
    return this.hosts().map((host) => `wss://${host}`);
  }

  /** Tries until it is open or {@link close} is called. */
  open(wish: TailnetWish): void {
    this.#working = this.#try(wish);
  }

  async #try(wish: TailnetWish): Promise<void> {
    const { tailnet, clock, log } = this.#parts;
    const opening = await tailnet.open(wish);
    if (opening.kind === "open") {
      this.#opened = opening;
      log.info("the gateway is reached through Tailscale", { url: `wss://${opening.host}`, mode: wish.mode });
      return;
    }
    if (opening.reason !== this.#told) log.warn("Tailscale does not bring anybody here; trying again", { reason: opening.reason });
    this.#told = opening.reason;
    if (this.#isClosed) return;
    this.#forgetRetry = clock.callAt(after(clock.now(), AGAIN_MS), () => this.open(wish));
  }

  /** `keep`: what was opened stays. */
  async close({ keep }: { readonly keep: boolean }): Promise<void> {
    this.#isClosed = true;
    this.#forgetRetry();
    await this.#working;
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined || keep) return;
    const end = await opened.close();
    if (end.kind === "failed") this.#parts.log.warn("what Tailscale serves could not be taken away", { reason: end.reason });
  }
}
