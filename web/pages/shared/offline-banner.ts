import { html, type TemplateResult } from "lit";
import type { Connection } from "./connection.js";
import { define, PageElement } from "./element.js";
import { shared } from "./texts/index.js";

/** Says that the connection is gone, when the next attempt comes, and lets somebody hurry it. */
export class OfflineBanner extends PageElement {
  static override properties = { connection: { attribute: false } };
  declare connection: Connection;
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(this.connection.state);
    this.#timer = setInterval(() => this.requestUpdate(), 1_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  protected override render(): TemplateResult {
    const status = this.connection.state.value;
    const seconds = status.kind === "offline" ? Math.max(0, Math.ceil((status.until - Date.now()) / 1_000)) : 0;
    // The seconds are no news: whoever listens hears once that it is offline.
    return html`<div class="banner"><strong role="status">${shared.offline.title}</strong>
      <span>${shared.offline.keeps}</span><span aria-hidden="true">${shared.offline.next(seconds)}</span>
      <button type="button" class="wa-plain wa-size-s" @click=${() => this.connection.retry()}>${shared.tryNow}</button></div>`;
  }
}

define("offline-banner", OfflineBanner);
