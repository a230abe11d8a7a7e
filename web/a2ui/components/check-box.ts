import { html } from "lit";
import { inputOf, Leaf } from "./leaf.js";

export class Checkbox extends Leaf {
  override render() {
    const bound = this.given("value");
    return html`<label class="beside"><input type="checkbox" .checked=${this.valueNow(bound) === true} @input=${(event: Event) => this.put(bound, inputOf(event).checked)}> ${this.textNow(this.given("label"))}</label>`;
  }
}

customElements.define("a2ui-checkbox", Checkbox);
