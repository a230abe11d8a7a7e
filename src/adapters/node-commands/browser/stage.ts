import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import type { NodeCall, NodeCommandOutcome } from "../../../ports/node-command.js";
import type { PeerLocality } from "../../../ports/peer-locality.js";
import { Turns } from "../turns.js";
import { A2UI_PATH, isOwnPage, readDestination } from "./address.js";
import { BrowserFault, Chromium } from "./chromium.js";
import type { BrowserConfig, CanvasLink } from "./config.js";
import { findBrowser } from "./find-browser.js";
import { HostJudge, portOf } from "./host-judge.js";
import { openPage, settled } from "./open-page.js";
import { PageProxy } from "./page-proxy.js";
import { runScript } from "./page-script.js";
import { ActionTeller } from "./action-teller.js";

export interface StageParts {
  readonly config: BrowserConfig;
  readonly link: CanvasLink;
  readonly locality: PeerLocality;
  readonly clock: Clock;
}

export const failed = (message: string, code: "UNAVAILABLE" | "INVALID_REQUEST" | "PAYLOAD_TOO_LARGE" = "UNAVAILABLE"): NodeCommandOutcome & { readonly kind: "failed" } =>
  ({ kind: "failed", code, message });

type Failed = ReturnType<typeof failed>;

/** A browser costs a few hundred megabytes; this long after anybody asked for anything it is closed. */
const IDLE_MS = 30 * 60_000;
const HIDDEN_MS = 5 * 60_000;
/** How long a page that was called off may take to let go. */
const LET_GO_MS = 2_000;

const A2UI = "(globalThis.openclawA2UI ?? globalThis.clawdbotA2UI)";
/** Within this many milliseconds the page that was just opened has to have its renderer. */
const A2UI_READY_MS = 10_000;

/** The one page that this node shows, and the browser behind it, which is started when there is something to show. */
export class Stage {
  readonly #parts: StageParts;
  readonly #judge: HostJudge;
  #proxy: PageProxy | undefined;
  #chromium: Chromium | undefined;
  /** What was asked to be shown last: a browser that was closed in between shows it again. */
  #last = "";
  #base: string | undefined;
  #isHidden = false;
  #isClosed = false;
  #sessionKey: string | undefined;
  readonly #turns = new Turns();
  /** Whose turn it is: what was called off and could not be stopped finds another one here, and starts nothing more. */
  #holder: object = {};
  readonly #launches = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  readonly #actions: ActionTeller;
  #cancelIdle = (): void => undefined;

  constructor(parts: StageParts) {
    this.#parts = parts;
    this.#actions = new ActionTeller(parts.link);
    this.#judge = new HostJudge({ locality: parts.locality, allowPrivateHosts: parts.config.allowPrivateHosts ?? [], canvas: () => this.#base });
  }

  /** One after another: there is one page. What is called off lets go of it at once. */
  inTurn(call: NodeCall, act: () => Promise<NodeCommandOutcome>): Promise<NodeCommandOutcome> {
    return this.#turns.take(async () => {
      if (this.#isClosed) return failed("This node is ending: ask again when it is back.");
      if (call.cancel.aborted) return CALLED_OFF;
      this.#cancelIdle();
      this.#holder = {};
      this.#sessionKey = call.sessionKey;
      const outcome = await this.#cancellable(call, act);
      this.#rest();
      return outcome;
    });
  }

  /** The page, with what was last shown on it or else the canvas's first page. */
  async shown(): Promise<Chromium | Failed> {
    const chromium = this.#chromium;
    if (chromium?.isOpen !== true) return (await this.show(this.#last)) ?? (await this.#open());
    await settled(chromium, this.#parts.clock);
    return chromium;
  }

  /** Shows what this address names. Resolves with what is wrong, or nothing. */
  async show(address: string): Promise<Failed | undefined> {
    const base = await this.#canvasBase();
    const destination = readDestination(address, base);
    if (destination.kind === "refused") return failed(destination.message, "INVALID_REQUEST");
    if (destination.kind === "web") {
      const reach = await this.#judge.judge({ hostname: destination.url.hostname, port: portOf(destination.url) });
      if (reach.kind === "closed") return failed(reach.message, "INVALID_REQUEST");
      const { problem } = await openPage(await this.#open(), destination.url.href, this.#parts.clock);
      if (problem !== undefined) return failed(problem);
    } else {
      const problem = await this.#showCanvas(destination.path, base);
      if (problem !== undefined) return failed(problem);
    }
    this.#last = address;
    return undefined;
  }

  /** Calls the renderer of the page for A2UI, which is opened where another page is shown. `call` is what stands after its name. */
  async a2ui(call: string): Promise<Failed | undefined> {
    const chromium = await this.#open();
    const base = await this.#canvasBase();
    const isThere = isOwnPage(chromium.page.url(), base) && (await isTruthy(chromium, A2UI));
    const problem = isThere ? undefined : await this.show(A2UI_PATH);
    if (problem) return problem;
    if (!isThere && !(await isTruthy(chromium, READY))) return failed("The gateway's page for A2UI has no renderer: its canvas may be switched off.");
    const end = await runScript(chromium.cdp, `(async () => { await ${A2UI}.${call} })()`, 1_000);
    return end.kind === "threw" ? failed(`The page could not show that. ${end.message.replace(/^Error: /, "")}`, "INVALID_REQUEST") : undefined;
  }

  /** There is no screen to take it from: the page stays as it is for some minutes, for whoever presents it again. */
  hide(): void {
    this.#isHidden = true;
  }

  reveal(): void {
    this.#isHidden = false;
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#isClosed = true;
    this.#holder = {};
    await this.#letGo();
    await Promise.allSettled([...this.#launches, this.#turns.over()]);
    this.#cancelIdle();
    await this.#letGo();
    await this.#proxy?.close();
  }

  async #open(): Promise<Chromium> {
    if (this.#chromium?.isOpen) return this.#chromium;
    const holder = this.#holder;
    const { config, clock } = this.#parts;
    const executablePath = await findBrowser(config.executablePath);
    if (executablePath === undefined) throw new BrowserFault("There is no browser on the node's host any more: install Chromium, or name one in node.browser.executablePath.");
    this.#proxy ??= await PageProxy.open(this.#judge);
    const onAction = (text: string, pageUrl: string): void => void this.#act(text, pageUrl);
    const launch = Chromium.launch({ executablePath, config, clock, proxyUrl: this.#proxy.url, onAction });
    this.#launches.add(launch);
    const chromium = await launch.finally(() => this.#launches.delete(launch));
    if (this.#holder === holder) return (this.#chromium = chromium);
    await chromium.close();
    throw new BrowserFault("Whoever asked for it gave up.");
  }

  async #canvasBase(renew = false): Promise<string | undefined> {
    this.#base = await this.#parts.link.canvasUrl({ renew });
    return this.#base;
  }

  async #showCanvas(path: string, base: string | undefined): Promise<string | undefined> {
    if (base === undefined) return "The gateway has no canvas for this node: give an http(s) URL to show, or switch the gateway's canvas on.";
    const chromium = await this.#open();
    const first = await openPage(chromium, base + path, this.#parts.clock);
    const isShut = first.status === 401 || first.status === 403;
    const last = isShut ? await openPage(chromium, ((await this.#canvasBase(true)) ?? base) + path, this.#parts.clock) : first;
    if (last.problem !== undefined) return last.problem;
    if (last.status === 404) return "The canvas has no such page: write it into the canvas's folder on the gateway's host first.";
    return last.status !== undefined && last.status >= 400 ? `The gateway does not show its canvas to this node (HTTP ${last.status}).` : undefined;
  }

  async #cancellable({ cancel }: NodeCall, act: () => Promise<NodeCommandOutcome>): Promise<NodeCommandOutcome> {
    let give = (): void => undefined;
    const calledOff = new Promise<void>((resolve) => (give = resolve));
    cancel.addEventListener("abort", give);
    const work = act().catch((error: unknown) => this.#explain(error));
    const outcome = await Promise.race([work, calledOff.then(() => this.#interrupt(work))]);
    cancel.removeEventListener("abort", give);
    return outcome;
  }

  /** Stops the page's loading and its scripts; a page that goes on all the same ends with its browser. */
  async #interrupt(work: Promise<unknown>): Promise<NodeCommandOutcome> {
    const { clock } = this.#parts;
    const chromium = this.#chromium;
    for (const order of ["Page.stopLoading", "Runtime.terminateExecution"] as const) chromium?.cdp.send(order).catch(() => undefined);
    let cancelPatience = (): void => undefined;
    const isStuck = await Promise.race([
      work.then(() => false),
      new Promise<boolean>((resolve) => (cancelPatience = clock.callAt(after(clock.now(), LET_GO_MS), () => resolve(true)))),
    ]);
    cancelPatience();
    if (isStuck) {
      this.#holder = {};
      await this.#letGo();
    }
    return CALLED_OFF;
  }

  #explain(error: unknown): NodeCommandOutcome {
    if (error instanceof BrowserFault) return failed(error.message);
    void this.#letGo();
    return failed("The page or its browser has crashed: canvas.present shows it anew.");
  }

  async #letGo(): Promise<void> {
    const chromium = this.#chromium;
    this.#chromium = undefined;
    await chromium?.close();
  }

  #rest(): void {
    const { clock } = this.#parts;
    this.#cancelIdle();
    this.#cancelIdle = clock.callAt(after(clock.now(), this.#isHidden ? HIDDEN_MS : IDLE_MS), () => void this.#letGo());
  }

  /** Only the gateway's own pages are listened to: to any other, the assistant would be a stranger's to command. */
  async #act(text: string, pageUrl: string): Promise<void> {
    if (!isOwnPage(pageUrl, this.#base)) return;
    const expression = await this.#actions.tell(text, this.#sessionKey);
    if (expression !== undefined) await this.#chromium?.cdp.send("Runtime.evaluate", { expression }).catch(() => undefined);
  }
}

const CALLED_OFF = failed("Whoever asked for it gave up.");

const READY = `new Promise((resolve) => {
  const until = Date.now() + ${A2UI_READY_MS};
  const look = () => ${A2UI} ? resolve(true) : Date.now() > until ? resolve(false) : setTimeout(look, 20);
  look();
})`;

async function isTruthy({ cdp }: Chromium, expression: string): Promise<boolean> {
  const { result } = await cdp.send("Runtime.evaluate", { expression: `(async () => Boolean(await (${expression})))()`, awaitPromise: true, returnByValue: true });
  return result.value === true;
}
