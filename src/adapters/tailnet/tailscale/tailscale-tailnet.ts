import { isIP } from "node:net";
import { AgeOrderedMap } from "../../../domain/age-ordered-map.js";
import type { Clock } from "../../../ports/clock.js";
import type { Tailnet, TailnetOpening, TailnetWish, WhoisAnswer } from "../../../ports/tailnet.js";
import { readServed, readStatus, readWhois } from "./answers.js";
import { askLocalApi } from "./local-api.js";
import { findTailscale, runTailscale, type ProgramEnd } from "./program.js";

export interface TailscaleOptions {
  readonly clock: Pick<Clock, "now">;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program's path; looked for, without it. */
  readonly program?: string;
  /** The daemon's Unix socket, where it is not the usual one. */
  readonly socket?: string;
  /** Of the daemon's answers and of the program's runs. */
  readonly timeoutMs?: { readonly ask?: number; readonly run?: number };
}

const USUAL_SOCKET = "/var/run/tailscale/tailscaled.sock";
const ASK_MS = 3_000;
/** Turning something on talks to the tailnet's coordinator, which may be far away. */
const RUN_MS = 20_000;
/** Long enough that a page with many connections asks once; a device that changes hands is another's after that. */
const REMEMBER_MS = 10_000;
const REMEMBER = 256;
/** Whoever reaches the port can make it ask: more than this many at once wait for nobody and are refused. */
const AT_ONCE = 16;

const NO_PROGRAM = "The tailscale program was not found on this host: install Tailscale, or name it in gateway.tailscale.program.";

/** A tailnet of Tailscale's, asked by its daemon's local API and by its program. */
export class TailscaleTailnet implements Tailnet {
  readonly #options: TailscaleOptions;
  readonly #known = new AgeOrderedMap<{ readonly answer: WhoisAnswer; readonly until: number }>(REMEMBER);
  readonly #asking = new Map<string, Promise<WhoisAnswer>>();

  constructor(options: TailscaleOptions) {
    this.#options = options;
  }

  whois(address: string): Promise<WhoisAnswer> {
    if (isIP(address) === 0) return Promise.resolve({ kind: "unknown" });
    const known = this.#known.get(address);
    if (known !== undefined && known.until > this.#options.clock.now()) return Promise.resolve(known.answer);
    const asked = this.#asking.get(address);
    if (asked !== undefined) return asked;
    if (this.#asking.size >= AT_ONCE) return Promise.resolve({ kind: "failed", reason: "Too many ask at once who they are; try again." });
    const asking = this.#ask(address).then((answer) => {
      this.#asking.delete(address);
      if (answer.kind !== "failed") this.#known.set(address, { answer, until: this.#options.clock.now() + REMEMBER_MS });
      return answer;
    });
    this.#asking.set(address, asking);
    return asking;
  }

  async open(wish: TailnetWish): Promise<TailnetOpening> {
    const status = await this.#run("status", "--json", "--peers=false");
    if (status.kind === "failed") return refused(status.reason);
    const here = readStatus(status.output);
    if (here.kind === "refused") return here;
    const target = `${wish.secure ? "https+insecure" : "http"}://127.0.0.1:${wish.port}`;
    const served = await this.#served(here.host);
    if ("reason" in served) return refused(served.reason);
    if (served.at !== "nothing" && (served.at === "other" || served.at.target !== target)) {
      const what = served.at === "other" ? "something else" : served.at.target.slice(0, 200);
      return refused(`https://${here.host} leads to ${what} already. Run "tailscale serve --https=443 off" if that is of no use any more, or set gateway.tailscale.mode to "off".`);
    }
    const opened = await this.#run(wish.mode, "--bg", "--yes", "--https=443", target);
    if (opened.kind === "failed") return refused(withHint(opened.reason));
    return { kind: "open", host: here.host, close: () => this.#close(wish, here.host, target) };
  }

  async #close({ mode }: TailnetWish, host: string, target: string) {
    const served = await this.#served(host);
    if ("reason" in served) return { kind: "failed", reason: served.reason } as const;
    if (typeof served.at === "string" || served.at.target !== target) return { kind: "closed" } as const;
    // With its path: without one, whatever else is served on that port would go too.
    const off = await this.#run(mode, "--yes", "--https=443", "--set-path=/", "off");
    return off.kind === "done" ? ({ kind: "closed" } as const) : ({ kind: "failed", reason: withHint(off.reason) } as const);
  }

  async #served(host: string): Promise<{ readonly at: ReturnType<typeof readServed> } | { readonly reason: string }> {
    const status = await this.#run("serve", "status", "--json");
    return status.kind === "done" ? { at: readServed(status.output, host) } : { reason: status.reason };
  }

  async #ask(address: string): Promise<WhoisAnswer> {
    // With a port, since older daemons take nothing else, and any port means its host.
    const place = isIP(address) === 6 ? `[${address}]:0` : `${address}:0`;
    const answer = await askLocalApi(this.#options.socket ?? USUAL_SOCKET, `whois?addr=${encodeURIComponent(place)}`, this.#options.timeoutMs?.ask ?? ASK_MS);
    if (answer.kind === "absent") return this.#askProgram(address);
    if (answer.kind === "failed") return { kind: "failed", reason: "Tailscale's daemon did not answer in time." };
    if (answer.status === 404) return { kind: "unknown" };
    return answer.status === 200 ? readWhois(answer.body) : { kind: "failed", reason: `Tailscale's daemon answered with status ${answer.status}.` };
  }

  /** Where the daemon has no socket, as in the app for macOS. */
  async #askProgram(address: string): Promise<WhoisAnswer> {
    const end = await this.#run("whois", "--json", address);
    if (end.kind === "done") return readWhois(end.output);
    return /no match for ip:port|peer not found/iu.test(end.reason) ? { kind: "unknown" } : { kind: "failed", reason: end.reason };
  }

  async #run(...args: readonly string[]): Promise<ProgramEnd> {
    const { env, program, socket, timeoutMs } = this.#options;
    const file = await findTailscale(program, env);
    if (file === undefined) return { kind: "failed", reason: NO_PROGRAM };
    return runTailscale(file, [...(socket === undefined ? [] : [`--socket=${socket}`]), ...args], { env, timeoutMs: timeoutMs?.run ?? RUN_MS });
  }
}

const refused = (reason: string): TailnetOpening => ({ kind: "refused", reason });

const withHint = (reason: string): string =>
  /access denied/iu.test(reason) ? `${reason} Let this user do it: sudo tailscale set --operator=$USER` : reason;
