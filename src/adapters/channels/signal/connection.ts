import { countOf, fieldsOf, textOf, type Fields } from "../../../domain/foreign-fields.js";
import { Backoff } from "../../../domain/messaging/backoff.js";
import { statusAfter, type ChannelStatus, type Standing } from "../../../domain/messaging/channel-status.js";
import { after, type EpochMs } from "../../../domain/moment.js";
import { reasonOf } from "../../../domain/reason.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { ChannelHost } from "../../../ports/channel.js";
import { lastingController } from "../lasting-controller.js";
import { SignalAccount } from "./account.js";
import { untilCalm } from "./calm.js";
import { SignalClient, type CallOutcome, type CallTerms } from "./client.js";
import type { SignalConfig } from "./config.js";
import { DaemonKeeper } from "./daemon.js";
import type { Line } from "./delivery.js";
import { eventsOf, type ServerEvent } from "./events.js";
import { BROKEN, isVoid, judgeSetback, SILENT, stepsIn, UNLINKED, untrustedStep, type OperatorStep, type Setback } from "./failures.js";
import { SignalInbox } from "./inbox.js";
import { MessageMemory } from "./memory.js";
import type { Command } from "./outgoing.js";
import { pause, waitFor } from "../pause.js";
import type { Self } from "./target.js";

const CHECK_MS = 5_000;
const MAX_STEPS = 20;

const LINKING = { state: "linking", message: "Signal waits for the phone to scan the code." } as const;

/** The way in, from one start to one stop: has a daemon running, says who the account is, listens, and comes back by itself where it breaks. */
export class SignalConnection implements Line {
  readonly client: SignalClient;
  readonly memory = new MessageMemory();
  readonly #host: ChannelHost;
  readonly #keeper: DaemonKeeper | undefined;
  readonly #account: SignalAccount;
  readonly #inbox: SignalInbox;
  readonly #backoff = new Backoff();
  readonly #stop = lastingController();
  readonly #steps = new Map<string, OperatorStep>();
  readonly #done: Promise<void>;
  #turn = lastingController();
  #final: Setback | undefined;
  #again: (() => void) | undefined;
  #status: ChannelStatus;
  #isLinking = false;
  #isSilent = false;

  constructor({ config, host }: { readonly config: SignalConfig; readonly host: ChannelHost }) {
    this.#host = host;
    this.client = new SignalClient({ url: config.url, clock: host.clock });
    this.#keeper = config.daemon === undefined ? undefined : DaemonKeeper.hold(config.daemon, host.clock);
    this.#account = new SignalAccount({ config, host, client: this.client });
    this.#inbox = new SignalInbox({ config, host, memory: this.memory, self: () => this.self, cancel: this.#stop.signal, unstored: (setback) => (setback === undefined ? this.#settle() : this.#enter(setback)) });
    this.#status = { state: "connecting", since: host.clock.now(), message: "The gateway is connecting to signal-cli." };
    host.report(this.#status);
    this.#done = this.#run();
  }

  get status(): ChannelStatus {
    return this.#status;
  }

  get self(): Self {
    return this.#account.self;
  }

  async call({ method, params }: Command, terms: CallTerms): Promise<CallOutcome> {
    const { number } = this.self;
    const outcome = await this.client.rpc(method, { ...(number === undefined ? {} : { account: number }), ...params }, terms);
    if (outcome.kind === "ok") return outcome;
    this.#host.log.debug("A call to signal-cli failed.", { method, failure: outcome.kind, code: outcome.kind === "error" ? outcome.code : undefined });
    if (isVoid(outcome)) this.giveUp(UNLINKED);
    return outcome;
  }

  notice(outcome: CallOutcome, to: string): readonly OperatorStep[] {
    const steps = stepsIn(outcome, to);
    if (outcome.kind === "ok") {
      this.#steps.delete("captcha");
      if (steps.length === 0) this.#steps.delete(`untrusted:${to}`);
    }
    for (const step of steps.slice(0, MAX_STEPS)) this.#addStep(step);
    if (this.#status.state === "live" || this.#status.state === "degraded") this.#settle();
    return steps;
  }

  /** Nothing works any more until somebody does something about it. */
  giveUp(setback: Setback): void {
    if (this.#stop.signal.aborted) return;
    this.#final = setback;
    this.#turn.abort();
  }

  /** Somebody did: everything begins anew. */
  again(): void {
    this.#final = undefined;
    this.#account.forget();
    if (this.#again === undefined) this.#turn.abort();
    else this.#again();
  }

  /** Shows that the account is being linked, where nothing else is to be shown. */
  linking(isUnderWay: boolean): void {
    this.#isLinking = isUnderWay;
    if (this.#again !== undefined) this.#enter(isUnderWay ? LINKING : (this.#final ?? UNLINKED));
  }

  /** Has a daemon running, where that is the gateway's to do. */
  async ensureDaemon(cancel: Cancel): Promise<Setback | undefined> {
    return this.#keeper?.ensure(async () => (await this.client.check({ timeoutMs: CHECK_MS, cancel })).kind === "ok", cancel);
  }

  /** Lets go of everything, by the deadline whatever is still under way. */
  async close(deadline: EpochMs): Promise<void> {
    this.#stop.abort();
    this.#turn.abort();
    this.#again?.();
    await waitFor(Promise.all([this.#done.then(() => this.#inbox.settled()), this.client.settled()]), this.#host.clock, deadline);
    this.#enter({ state: "idle" });
    this.#isSilent = true;
    await this.client.close();
    await this.#keeper?.release(deadline);
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stop.signal.aborted) await this.#tryOnce();
    } catch (error) {
      this.#host.log.error("The Signal channel failed in a way that it should not.", { error: reasonOf(error) });
      this.#enter({ state: "needs-operator", trouble: "bug", message: "The Signal channel failed in a way that it should not; see the log, and restart it." });
    }
  }

  async #tryOnce(): Promise<void> {
    this.#turn = lastingController();
    if (this.#status.state !== "connecting") this.#enter({ state: "connecting", message: "The gateway is connecting to signal-cli." });
    const met = await this.#connect(this.#turn.signal);
    if (this.#stop.signal.aborted) return;
    const { retryAfterMs = 0, ...setback } = this.#final ?? met;
    if (setback.state === "needs-operator") return this.#waitForOperator(setback);
    const now = this.#host.clock.now();
    const retryAt = after(now, Math.max(this.#backoff.fail(now, this.#host.random()), retryAfterMs));
    this.#enter({ ...setback, retryAt });
    await pause(this.#host.clock, retryAt - now, this.#stop.signal);
  }

  async #waitForOperator(setback: Setback): Promise<void> {
    this.#final = setback;
    this.#enter(this.#isLinking ? LINKING : setback);
    await new Promise<void>((resolve) => { this.#again = resolve; });
    this.#again = undefined;
  }

  async #connect(cancel: AbortSignal): Promise<Setback> {
    const hindered = (await this.ensureDaemon(cancel)) ?? (await this.#account.find(cancel));
    if (hindered !== undefined || cancel.aborted) return hindered ?? BROKEN;
    await untilCalm(this.#host.clock, cancel);
    const opened = await this.client.events(this.self.number, cancel);
    if (opened.kind !== "open") return opened.kind === "status" && opened.status === 400 ? UNLINKED : judgeSetback(opened);
    this.#heard();
    this.#backoff.succeed(this.#host.clock.now());
    this.#settle();
    const { response } = opened;
    const cut = (): void => void response.destroy();
    if (cancel.aborted) cut();
    cancel.addEventListener("abort", cut);
    const events = eventsOf(response, { clock: this.#host.clock, heard: () => this.#heard() });
    for (;;) {
      const { value, done } = await events.next();
      if (done === true) return value === "silent" ? SILENT : BROKEN;
      await this.#take(value);
    }
  }

  async #take({ event, data }: ServerEvent): Promise<void> {
    const payload = event === "receive" ? parse(data) : undefined;
    if (payload === undefined || !this.#account.isMeant(payload)) return;
    this.#account.learn(payload);
    this.#noteException(payload);
    await this.#inbox.take(payload);
  }

  /** What signal-cli could not read. */
  #noteException({ exception, envelope }: Fields): void {
    const type = textOf(fieldsOf(exception)?.["type"]);
    if (type === undefined) return;
    this.#host.log.warn("signal-cli received a message that it could not read.", { reason: /^\w{1,80}$/u.test(type) ? type : "unknown" });
    const { sourceUuid, sourceNumber, timestamp } = fieldsOf(envelope) ?? {};
    if (!type.startsWith("UntrustedIdentity") || countOf(timestamp) === undefined) return;
    this.#addStep(untrustedStep(textOf(sourceUuid) ?? textOf(sourceNumber) ?? ""));
    this.#settle();
  }

  #addStep(step: OperatorStep): void {
    if (this.#steps.size < MAX_STEPS) this.#steps.set(step.key, step);
  }

  #heard(): void {
    if (!this.#isSilent) this.#host.heard();
  }

  /** Live, or what of it does not work. */
  #settle(): void {
    const [step] = this.#steps.values();
    this.#enter(step === undefined ? { state: "live" } : { state: "degraded", trouble: step.trouble, message: step.message });
  }

  #enter(standing: Standing): void {
    if (this.#isSilent || (standing.state === "live" && this.#status.state === "live")) return;
    const { number, uuid } = this.self;
    const id = uuid ?? number;
    const identity = id === undefined ? undefined : { id, ...(number === undefined ? {} : { name: number }) };
    this.#status = statusAfter(this.#status, standing, { now: this.#host.clock.now(), identity });
    this.#host.report(this.#status);
  }
}

function parse(data: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(data));
  } catch {
    return undefined;
  }
}
