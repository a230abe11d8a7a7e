import { html } from "lit";
import { inputOf, Leaf } from "./leaf.js";

/** Each kind's own spelling, as it is found in an ISO 8601 text. */
const KINDS = {
  date: { label: "Date", spelling: /\d{4}-\d{2}-\d{2}/ },
  time: { label: "Time", spelling: /\d{2}:\d{2}/ },
  "datetime-local": { label: "Date and time", spelling: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/ },
} as const;

export class DateTimeInput extends Leaf {
  override render() {
    const bound = this.given("value");
    const [date, time] = [this.given<boolean>("enableDate") ?? true, this.given<boolean>("enableTime") ?? true];
    const kind = date === time ? "datetime-local" : date ? "date" : "time";
    const { label, spelling } = KINDS[kind];
    const value = spelling.exec(this.textNow(bound))?.[0] ?? "";
    return html`<label for="field">${label}</label><input id="field" type=${kind} .value=${value} @input=${(event: Event) => this.put(bound, inputOf(event).value)}>`;
  }
}

customElements.define("a2ui-datetimeinput", DateTimeInput);
