import { html, nothing, type TemplateResult } from "lit";
import hideIcon from "icon:visibility-off-outline-rounded";
import showIcon from "icon:visibility-outline-rounded";
import type { Connection } from "./connection.js";
import "./copy-button.js";
import { define, PageElement } from "./element.js";
import { icon } from "./icon.js";
import type { Status } from "./status.js";
import { shared } from "./texts/index.js";

const { signIn, approval, refusals } = shared;
/** Nobody has shown anything yet, so nothing is wrong. */
const NOTHING_SHOWN = new Set(["AUTH_TOKEN_MISSING", "AUTH_PASSWORD_MISSING"]);
/** Refusals which another secret does not mend. */
const NO_SECRET_HELPS = new Set(["PROTOCOL_MISMATCH", "CLIENT_VERSION_MISMATCH", "INSECURE_URL", "NO_IDENTITY", "AUTH_RATE_LIMITED"]);

/** What stands in place of a page until the gateway lets this browser in: a form, a wait, or what is wrong. */
export class SignIn extends PageElement {
  static override properties = { connection: { attribute: false }, shows: { state: true }, asks: { state: true }, missing: { state: true } };
  declare connection: Connection;
  /** The secret is readable. */
  declare shows: boolean;
  /** The form is wanted though the gateway only waits for approval. */
  declare asks: boolean;
  declare missing: boolean;

  constructor() {
    super();
    this.shows = false;
    this.asks = false;
    this.missing = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(this.connection.state);
  }

  protected override render(): TemplateResult {
    return html`<div class="sign-in"><section class="card" aria-live="polite">${this.#content(this.connection.state.value)}</section></div>`;
  }

  #content(status: Status): TemplateResult {
    if (status.kind === "refused") return this.#refused(status);
    if (status.kind === "waiting-approval" && !this.asks) return this.#waiting(status);
    if (status.kind === "waiting-approval") return this.#form(nothing);
    return html`<p class="waiting-line"><span class="spinner"></span>${status.kind === "offline" ? shared.unreachable : shared.connecting}</p>
      ${status.kind === "offline" ? html`<button type="button" @click=${() => this.connection.retry()}>${shared.tryNow}</button>` : nothing}`;
  }

  #refused({ code, message }: Extract<Status, { kind: "refused" }>): TemplateResult {
    if (NOTHING_SHOWN.has(code)) return this.#form(nothing);
    const problem = html`<p class="notice danger" role="alert">${refusals[code] ?? shared.refused(message)}</p>`;
    if (!NO_SECRET_HELPS.has(code)) return this.#form(problem);
    return html`<h1>${shared.link.refused}</h1>${problem}<button type="button" class="wa-brand" @click=${() => this.connection.startAgain()}>${shared.tryAgain}</button>`;
  }

  #waiting({ command, expiresAtMs }: Extract<Status, { kind: "waiting-approval" }>): TemplateResult {
    return html`<h1>${approval.title}</h1>
      <p>${approval.intro}</p>
      <div class="command"><code tabindex="0">${command}</code><copy-button .text=${command}></copy-button></div>
      <p class="waiting-line"><span class="spinner"></span><span>${approval.waiting}</span></p>
      ${expiresAtMs === undefined ? nothing : html`<p class="small quiet">${approval.expires(timeOf(expiresAtMs))}</p>`}
      <button type="button" class="wa-plain" @click=${() => (this.asks = true)}>${approval.other}</button>`;
  }

  #form(problem: TemplateResult | typeof nothing): TemplateResult {
    const { shows, missing } = this;
    return html`<h1>${signIn.title}</h1>
      <p class="quiet">${signIn.intro}</p>
      ${problem}
      <form @submit=${this.#submit}>
        <input type="text" name="username" autocomplete="username" .value=${this.connection.origin} hidden />
        <div>
          <label for="secret">${signIn.label}</label>
          <div class="secret-field">
            <input id="secret" name="secret" type=${shows ? "text" : "password"} autocomplete="current-password" spellcheck="false" autocapitalize="off"
              aria-invalid=${missing ? "true" : "false"} aria-describedby="secret-hint" @input=${() => (this.missing = false)} />
            <button type="button" class="icon-button" aria-label=${shows ? signIn.hide : signIn.show} aria-pressed=${shows ? "true" : "false"} @click=${() => (this.shows = !shows)}>${icon(shows ? hideIcon : showIcon)}</button>
          </div>
          <p id="secret-hint" class="small quiet">${missing ? html`<strong role="alert">${signIn.needed}</strong>` : html`${signIn.where} <code>${signIn.whereCommand}</code>.`}</p>
        </div>
        <button type="submit" class="wa-brand">${signIn.submit}</button>
      </form>`;
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const field = this.querySelector<HTMLInputElement>("#secret");
    const secret = field?.value.trim() ?? "";
    if (secret === "") {
      this.missing = true;
      field?.focus();
      return;
    }
    this.asks = false;
    void this.connection.signIn(secret);
  }
}

const timeOf = (ms: number): string => new Date(ms).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });

define("sign-in", SignIn);
