import { html, nothing } from "lit";
import { inputOf, Leaf } from "./leaf.js";

const INPUTS: Readonly<Record<string, string>> = { date: "date", number: "number", obscured: "password" };

export class TextField extends Leaf {
  override render() {
    const kind = this.given<string>("textFieldType") ?? "shortText";
    const bound = this.given("text");
    const value = this.textNow(bound);
    const put = (event: Event): void => this.put(bound, inputOf(event).value);
    return html`
      <label for="field">${this.textNow(this.given("label"))}</label>
      ${kind === "longText"
        ? html`<textarea id="field" rows="4" .value=${value} @input=${put}></textarea>`
        : html`<input id="field" type=${INPUTS[kind] ?? "text"} pattern=${this.given<string>("validationRegexp") ?? nothing} autocomplete="off" .value=${value} @input=${put}>`}
    `;
  }
}

customElements.define("a2ui-textfield", TextField);
