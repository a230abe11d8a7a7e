import { css, html } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { inputOf, Leaf, type Bound } from "./leaf.js";

interface Option {
  readonly label: Bound;
  readonly value: string;
}

export class MultipleChoice extends Leaf {
  static override properties = { filter: { state: true } };
  static override styles = [...Leaf.styles, css`
    fieldset { min-width: 0; margin: 0; padding: 0; border: 0; }
    [type="search"] { margin-bottom: .5rem; }
    .chips { display: flex; flex-wrap: wrap; gap: .5rem; }
    .chips .beside { padding: .25rem .9rem; border: 1px solid var(--line); border-radius: 1.25rem; background: var(--sheet); }
    .chips .beside:has(:checked) { border-color: var(--tone); background: color-mix(in srgb, var(--tone) 18%, var(--sheet)); }
  `];

  declare filter: string;

  constructor() {
    super();
    this.filter = "";
  }

  override render() {
    const options = this.given<readonly Option[]>("options") ?? [];
    const most = this.given<number>("maxAllowedSelections") ?? Infinity;
    const chosen = this.#chosen();
    const wanted = this.filter.toLowerCase();
    const shown = options.filter(({ label }) => this.textNow(label).toLowerCase().includes(wanted));
    return html`
      <fieldset aria-label=${most === 1 ? "Choose one" : "Choose"}>
        ${this.given<boolean>("filterable") === true ? html`<input type="search" aria-label="Filter the options" placeholder="Filter" .value=${this.filter} @input=${(event: Event) => void (this.filter = inputOf(event).value)}>` : ""}
        <div class=${this.given<string>("variant") === "chips" ? "chips" : ""}>
          ${repeat(shown, ({ value }) => value, ({ label, value }) => html`
            <label class="beside">
              <input type=${most === 1 ? "radio" : "checkbox"} name="choice" .checked=${chosen.includes(value)}
                ?disabled=${most !== 1 && chosen.length >= most && !chosen.includes(value)}
                @change=${(event: Event) => this.#choose(value, inputOf(event).checked, most)}>
              ${this.textNow(label)}
            </label>`)}
        </div>
      </fieldset>
    `;
  }

  #chosen(): readonly string[] {
    const value = this.valueNow(this.given("selections"));
    const list = value instanceof Map ? [...value.values()] : Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
    return list.filter((one): one is string => typeof one === "string");
  }

  #choose(value: string, isChosen: boolean, most: number): void {
    const others = most === 1 ? [] : this.#chosen().filter((one) => one !== value);
    this.put(this.given("selections"), isChosen ? [...others, value] : others);
  }
}

customElements.define("a2ui-multiplechoice", MultipleChoice);
