import { html, type TemplateResult } from "lit";
import checkIcon from "icon:check-rounded";
import copyIcon from "icon:content-copy-outline-rounded";
import { copyText } from "./copy.js";
import { define, PageElement } from "./element.js";
import { icon } from "./icon.js";
import { shared } from "./texts/index.js";

const SHOWN_MS = 2_000;

/** Copies `.text`, and says so. */
export class CopyButton extends PageElement {
  static override properties = { text: { attribute: false }, label: {}, done: { state: true } };
  declare text: string;
  declare label: string;
  declare done: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.text = "";
    this.label = shared.copy;
    this.done = false;
  }

  protected override render(): TemplateResult {
    return html`<button class="icon-button" type="button" aria-label=${this.done ? shared.copied : this.label} title=${this.label} @click=${() => void this.#copy()}>${icon(this.done ? checkIcon : copyIcon)}</button>`;
  }

  async #copy(): Promise<void> {
    if (!(await copyText(this.text))) return;
    this.done = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.done = false;
    }, SHOWN_MS);
  }
}

define("copy-button", CopyButton);
