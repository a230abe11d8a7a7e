import { Root } from "a2ui:root";
import { css, html } from "lit";
import { structuralStyles } from "../structural-styles.js";

/** The renderer puts what opens it into the slot `entry`, and the rest into the other one. */
export class Modal extends Root {
  static override styles = [structuralStyles, css`
    :host { display: block; flex: var(--weight); }
    dialog { min-width: min(24rem, 90vw); max-width: min(40rem, 90vw); max-height: 85vh; padding: 1.25rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--sheet); color: var(--ink); }
    dialog::backdrop { background: rgb(0 0 0 / .5); }
    form { display: flex; justify-content: end; margin: -.5rem -.5rem .25rem; }
    form button { width: 2.25rem; height: 2.25rem; border: 0; border-radius: 50%; background: none; color: inherit; font: 1.1rem/1 system-ui, sans-serif; cursor: pointer; }
  `];

  override render() {
    return html`
      <section @click=${this.#open}><slot name="entry"></slot></section>
      <dialog @click=${this.#closeFromOutside}>
        <form method="dialog"><button aria-label="Close">✕</button></form>
        <slot></slot>
      </dialog>
    `;
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog");
  }

  readonly #open = (): void => this.#dialog?.showModal();

  /** What is around a dialog counts as the dialog itself. */
  readonly #closeFromOutside = (event: Event): void => {
    if (event.composedPath()[0] === this.#dialog) this.#dialog?.close();
  };
}

customElements.define("a2ui-modal", Modal);
