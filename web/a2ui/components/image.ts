import { css, html, nothing } from "lit";
import { Leaf } from "./leaf.js";

export class Image extends Leaf {
  static override styles = [...Leaf.styles, css`
    img { display: block; width: 100%; border-radius: .75rem; }
    .icon { width: 1.5rem; height: 1.5rem; border-radius: 0; }
    .avatar { width: 3rem; height: 3rem; border-radius: 50%; }
    .smallFeature { max-width: 8rem; } .mediumFeature { max-width: 20rem; } .header { max-height: 16rem; }
  `];

  override render() {
    const url = this.textNow(this.given("url"));
    if (url === "") return nothing;
    return html`<img class=${this.given<string>("usageHint") ?? ""} style="object-fit: ${this.given<string>("fit") ?? "fill"}" src=${url} alt=${this.textNow(this.given("altText"))}>`;
  }
}

customElements.define("a2ui-image", Image);
