import { icons } from "a2ui:icons";
import { css, html, nothing, svg } from "lit";
import { unsafeSVG } from "lit/directives/unsafe-svg.js";
import { Leaf } from "./leaf.js";

export class Icon extends Leaf {
  static override styles = [...Leaf.styles, css`:host { flex: none; } svg { display: block; width: 1.5rem; height: 1.5rem; }`];

  override render() {
    const drawing = icons.get(this.textNow(this.given("name")));
    return drawing === undefined ? nothing : html`<svg viewBox="0 0 24 24" aria-hidden="true">${svg`${unsafeSVG(drawing)}`}</svg>`;
  }
}

customElements.define("a2ui-icon", Icon);
