import { html, nothing, type TemplateResult } from "lit";
import closeIcon from "icon:close-rounded";
import { define, PageElement } from "../../shared/element.js";
import { icon } from "../../shared/icon.js";
import { Store } from "../../shared/store.js";
import { control } from "../../shared/texts/index.js";

interface Said {
  readonly text: string;
  readonly kind: "done" | "problem";
}

const DONE_MS = 6_000;
const said = new Store<Said | undefined>(undefined);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Tells of something that was done. It goes by itself; a problem stays until somebody has read it. */
export function say(text: string, kind: Said["kind"] = "done"): void {
  clearTimeout(timer);
  said.set({ text, kind });
  if (kind === "done") timer = setTimeout(() => said.set(undefined), DONE_MS);
}

/** What was said last. One stands in the page, whatever the view. */
export class ToastLine extends PageElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(said);
  }

  protected override render(): TemplateResult {
    const { value } = said;
    const shown = value === undefined ? nothing : html`<div class="toast" data-kind=${value.kind}><span>${value.text}</span>
      <button type="button" class="icon-button" aria-label=${control.dismiss} @click=${() => said.set(undefined)}>${icon(closeIcon)}</button></div>`;
    // Both regions are there before anything is said in them: what comes along with its region is not read out.
    return html`<div role="status">${value?.kind === "done" ? shown : nothing}</div><div role="alert">${value?.kind === "problem" ? shown : nothing}</div>`;
  }
}

define("toast-line", ToastLine);
