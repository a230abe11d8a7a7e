import type { Channel, LoginRequest, LoginStep } from "../../ports/channel.js";
import type { Clock } from "../../ports/clock.js";
import { accountKey, nameOf } from "./channel-book.js";
import { TOO_LATE, within } from "./within.js";

/** Steps of one login, as far as it has come. */
interface Login {
  readonly steps: AsyncIterator<LoginStep>;
  /** The newest step, and the one that is awaited. */
  latest: LoginStep | undefined;
  next: Promise<LoginStep | undefined> | undefined;
}

/** What somebody who waits is told: a step, or that none came in time. */
export type LoginNews = LoginStep | { readonly kind: "waiting" };

const isLast = (step: LoginStep): boolean => step.kind === "linked" || step.kind === "refused";

/** Logins that are under way, one an account. Whoever asks waits for the next step, and may ask again. */
export class LoginDesk {
  readonly #logins = new Map<string, Login>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a login, in place of one that is under way, and waits for its first step. */
  async start(channel: Channel, request: LoginRequest, timeoutMs: number): Promise<LoginNews> {
    await this.cancel(channel);
    this.#logins.set(keyOf(channel), { steps: channel.login(request)[Symbol.asyncIterator](), latest: undefined, next: undefined });
    return this.wait(channel, timeoutMs);
  }

  /** The next step, or the one before where none comes in time; `undefined` where no login is under way. */
  async wait(channel: Channel, timeoutMs: number): Promise<LoginNews> {
    const login = this.#logins.get(keyOf(channel));
    if (login === undefined) return { kind: "refused", code: "invalid", reason: "No login of this account is under way; start one first." };
    login.next ??= this.#advance(channel, login);
    const step = await within(timeoutMs, this.#clock, login.next);
    return step === TOO_LATE ? (login.latest ?? { kind: "waiting" }) : (step ?? { kind: "waiting" });
  }

  async cancel(channel: Channel): Promise<void> {
    const login = this.#logins.get(keyOf(channel));
    this.#logins.delete(keyOf(channel));
    await login?.steps.return?.();
  }

  async close(): Promise<void> {
    const logins = [...this.#logins.values()];
    this.#logins.clear();
    await Promise.allSettled(logins.map(({ steps }) => steps.return?.()));
  }

  async #advance(channel: Channel, login: Login): Promise<LoginStep | undefined> {
    try {
      const { value, done } = await login.steps.next();
      const step: LoginStep | undefined = done === true ? undefined : value;
      login.latest = step ?? login.latest;
      if (step === undefined || isLast(step)) this.#forget(channel, login);
      return step;
    } catch {
      this.#forget(channel, login);
      return { kind: "refused", code: "invalid", reason: `${channel.label} broke down during its login; the gateway's log has the cause.` };
    } finally {
      login.next = undefined;
    }
  }

  #forget(channel: Channel, login: Login): void {
    if (this.#logins.get(keyOf(channel)) === login) this.#logins.delete(keyOf(channel));
  }
}

const keyOf = (channel: Channel): string => accountKey(nameOf(channel));
