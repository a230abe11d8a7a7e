import { html, nothing, type TemplateResult } from "lit";
import deleteIcon from "icon:delete-outline-rounded";
import linkIcon from "icon:link-rounded";
import renameIcon from "icon:edit-outline-rounded";
import { reasonOf } from "../../../src/domain/reason.js";
import { copyText } from "../shared/copy.js";
import { define, PageElement } from "../shared/element.js";
import { icon } from "../shared/icon.js";
import { chat, shared } from "../shared/texts/index.js";
import type { SessionBook } from "./session-book.js";

const { actions } = chat;

/** What can be done with the conversation that is shown. Tells of its end by `removed`. */
export class SessionActions extends PageElement {
  static override properties = { book: { attribute: false }, key: {}, name: {}, mayRename: { type: Boolean }, mayRemove: { type: Boolean }, asks: { state: true }, problem: { state: true }, copied: { state: true } };
  declare book: SessionBook;
  declare key: string;
  declare name: string;
  declare mayRename: boolean;
  declare mayRemove: boolean;
  declare asks: "rename" | "remove" | undefined;
  declare problem: string | undefined;
  declare copied: boolean;

  /** The name when the dialog was opened: one that the gateway gives meanwhile must not take the place of what is being typed. */
  #nameBefore = "";

  constructor() {
    super();
    this.copied = false;
  }

  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    if (dialog && !dialog.open) dialog.showModal();
  }

  protected override render(): TemplateResult {
    return html`<div class="actions" role="group" aria-label=${actions.more}>
        ${button(this.copied ? shared.copied : actions.copyLink, linkIcon, () => void this.#copyLink())}
        ${this.mayRename ? button(actions.rename, renameIcon, () => this.#askName()) : nothing}
        ${this.mayRemove ? button(actions.remove, deleteIcon, () => (this.asks = "remove")) : nothing}
      </div>
      ${this.asks === undefined ? nothing : this.#dialog(this.asks)}`;
  }

  #dialog(asks: "rename" | "remove"): TemplateResult {
    const isRename = asks === "rename";
    return html`<dialog aria-labelledby="action-title" @close=${this.#closed}>
      <form @submit=${(event: SubmitEvent) => void this.#act(event, asks)}>
        <h2 id="action-title">${isRename ? actions.renameTitle : actions.removeTitle}</h2>
        ${isRename ? html`<div><label for="action-name">${actions.name}</label><input id="action-name" maxlength="64" autocomplete="off" .value=${this.#nameBefore} /></div>` : html`<p>${actions.removeText}</p>`}
        ${this.problem === undefined ? nothing : html`<p class="notice danger" role="alert">${actions.failed(this.problem)}</p>`}
        <div class="choices">
          <button type="button" class="wa-outlined" @click=${() => this.querySelector("dialog")?.close()}>${shared.cancel}</button>
          <button type="submit" class=${isRename ? "wa-brand" : "wa-danger"}>${isRename ? actions.save : actions.remove}</button>
        </div>
      </form>
    </dialog>`;
  }

  #askName(): void {
    this.#nameBefore = this.name;
    this.asks = "rename";
  }

  #closed(): void {
    this.asks = undefined;
    this.problem = undefined;
  }

  async #act(event: SubmitEvent, asks: "rename" | "remove"): Promise<void> {
    event.preventDefault();
    try {
      if (asks === "rename") await this.book.rename(this.key, this.querySelector<HTMLInputElement>("#action-name")?.value.trim() ?? "");
      else await this.book.remove(this.key);
      this.querySelector("dialog")?.close();
      if (asks === "remove") this.dispatchEvent(new Event("removed"));
    } catch (error) {
      this.problem = reasonOf(error);
    }
  }

  async #copyLink(): Promise<void> {
    this.copied = await copyText(new URL(`./chat?session=${encodeURIComponent(this.key)}`, location.href).href);
    setTimeout(() => {
      this.copied = false;
    }, 2_000);
  }
}

const button = (label: string, drawing: typeof linkIcon, act: () => void): TemplateResult =>
  html`<button type="button" class="icon-button" aria-label=${label} title=${label} @click=${act}>${icon(drawing)}</button>`;

define("session-actions", SessionActions);
