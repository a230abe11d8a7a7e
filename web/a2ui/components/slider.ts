import { css, html } from "lit";
import { inputOf, Leaf } from "./leaf.js";

export class Slider extends Leaf {
  static override styles = [...Leaf.styles, css`
    .row { display: flex; align-items: center; gap: .75rem; }
    input { flex: 1; min-width: 0; height: 2rem; }
    .number { min-width: 2.5em; text-align: end; font-variant-numeric: tabular-nums; }
  `];

  override render() {
    const bound = this.given("value");
    const label = this.textNow(this.given("label"));
    const [min, max] = [this.given<number>("minValue") ?? 0, this.given<number>("maxValue") ?? 100];
    const value = Number(this.valueNow(bound) ?? min);
    const step = max - min > 1 && Number.isInteger(min) && Number.isInteger(value) ? "1" : "any";
    return html`
      ${label === "" ? "" : html`<label for="field">${label}</label>`}
      <div class="row">
        <input id="field" type="range" aria-label=${label || "Value"} min=${min} max=${max} step=${step} .value=${String(value)} @input=${(event: Event) => this.put(bound, inputOf(event).valueAsNumber)}>
        <span class="number" aria-hidden="true">${Math.round(value * 100) / 100}</span>
      </div>
    `;
  }
}

customElements.define("a2ui-slider", Slider);
