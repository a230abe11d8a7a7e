import type { LoginRequest, LoginStep } from "../../../ports/channel.js";
import type { Refused } from "../../../domain/messaging/outbound.js";
import type { Login } from "./login.js";

const isLast = (step: LoginStep): boolean => step.kind === "linked" || step.kind === "refused";

/** The steps of a login as they are asked for: it waits until the link before it is closed, and can be left at any moment. */
export class LoginTurn implements AsyncIterableIterator<LoginStep> {
  readonly request: LoginRequest;
  readonly #begun: Promise<Login | LoginStep>;
  #resolve: (begun: Login | LoginStep) => void = () => undefined;
  #isOver = false;

  constructor(request: LoginRequest) {
    this.request = request;
    this.#begun = new Promise((resolve) => { this.#resolve = resolve; });
  }

  begin(login: Login): void {
    this.#resolve(login);
    if (this.#isOver) void login.giveUp();
  }

  /** It is over before it has begun. */
  settle(step: LoginStep): void {
    this.#resolve(step);
  }

  refuse(refusal: Refused): void {
    this.settle(refusal);
  }

  async next(): Promise<IteratorResult<LoginStep>> {
    const begun = await this.#begun;
    if (this.#isOver) return { done: true, value: undefined };
    const step = "kind" in begun ? begun : await begun.next();
    this.#isOver ||= isLast(step);
    return { done: false, value: step };
  }

  /** Does not wait for a step that is under way. */
  async return(): Promise<IteratorResult<LoginStep>> {
    const wasOver = this.#isOver;
    this.#isOver = true;
    if (!wasOver) void this.#begun.then((begun) => ("kind" in begun ? undefined : begun.giveUp()));
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
