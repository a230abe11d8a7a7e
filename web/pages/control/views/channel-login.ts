import { html, nothing, type TemplateResult } from "lit";
import type { Connection } from "../../shared/connection.js";
import { define, PageElement } from "../../shared/element.js";
import { explain } from "../../shared/explain.js";
import { channels } from "../../shared/texts/control/channels.js";

/** What is to be linked. */
export interface LoginName {
  readonly channel: string;
  readonly accountId: string;
  readonly label: string;
  /** It is linked already. */
  readonly force: boolean;
  readonly phoneNumber?: string;
}

interface Step {
  readonly message: string;
  readonly connected?: boolean | undefined;
  readonly qrDataUrl?: string | undefined;
}

const WAIT_MS = 25_000;
const texts = channels.linking;

/** Links an account: shows each QR code as it comes, until it is linked, refused, or somebody gives up. Then `close`. */
export class ChannelLogin extends PageElement {
  static override properties = { connection: { attribute: false }, named: { attribute: false }, step: { state: true }, problem: { state: true } };
  declare connection: Connection;
  declare named: LoginName;
  declare step: Step | undefined;
  declare problem: string | undefined;
  #isOver = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#isOver = false;
    void this.#link();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#isOver = true;
  }

  /** Whoever asked for it may be far down the page. */
  protected override firstUpdated(): void {
    const section = this.querySelector("section");
    section?.scrollIntoView({ block: "start" });
    section?.focus({ preventScroll: true });
  }

  async #link(): Promise<void> {
    const { channel, accountId, force, phoneNumber } = this.named;
    try {
      this.#take(await this.connection.call("web.login.start", { channel, accountId, force, ...(phoneNumber === undefined ? {} : { phoneNumber }) }, { timeoutMs: WAIT_MS + 20_000 }));
      while (!this.#isOver && this.step?.connected !== true) {
        this.#take(await this.connection.call("web.login.wait", { channel, accountId, timeoutMs: WAIT_MS }, { timeoutMs: WAIT_MS + 10_000 }));
      }
    } catch (error) {
      this.problem = explain(error);
    }
  }

  /** A code stays until the next one: an answer without one says only that there is none newer. */
  #take(step: Step): void {
    this.step = step.connected === true || step.qrDataUrl !== undefined ? step : { ...step, qrDataUrl: this.step?.qrDataUrl };
  }

  protected override render(): TemplateResult {
    const { named, step, problem } = this;
    const isDone = step?.connected === true || problem !== undefined;
    return html`<section class="card login" tabindex="-1" aria-labelledby="login-title"><h2 id="login-title">${texts.title(named.label)}</h2>
      <div class="stack" role="status">
        ${problem === undefined ? nothing : html`<p class="notice danger">${problem}</p>`}
        ${step === undefined ? nothing : html`<p>${step.message}</p>`}
        ${isDone || step?.qrDataUrl === undefined ? nothing : html`<img class="qr" src=${step.qrDataUrl} alt=${texts.qr} />`}
        ${isDone ? nothing : html`<p class="waiting-line"><span class="spinner"></span>${texts.wait}</p>`}
      </div>
      <div class="actions"><button type="button" class=${isDone ? "wa-brand wa-size-s" : "wa-outlined wa-size-s"} @click=${() => this.dispatchEvent(new Event("close"))}>${isDone ? texts.done : texts.stop}</button></div>
    </section>`;
  }
}

define("channel-login", ChannelLogin);
