import { LitElement } from "lit";

/**
 * An element of these pages. It draws into the page itself and not into a shadow: one style sheet reaches all, labels and
 * descriptions may point anywhere, and what assistive technology reads is one tree.
 */
export class PageElement extends LitElement {
  #leave: (() => void)[] = [];

  protected override createRenderRoot(): this {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const leave of this.#leave) leave();
    this.#leave = [];
  }

  /** Draws it anew whenever one of them changes, for as long as it is in the page: to be called as it comes in. */
  protected follow(...stores: readonly Followed[]): void {
    this.whileShown(...stores.map((store) => store.onChange(() => this.requestUpdate())));
  }

  /** What ends when it leaves the page. */
  protected whileShown(...leave: readonly (() => void)[]): void {
    this.#leave.push(...leave);
  }
}

interface Followed {
  onChange(listener: () => void): () => void;
}

/** Defines an element, unless a module that was loaded twice did so already. */
export function define(name: string, kind: CustomElementConstructor): void {
  if (customElements.get(name) === undefined) customElements.define(name, kind);
}
