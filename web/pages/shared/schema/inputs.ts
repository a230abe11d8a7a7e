import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { schemaForm as texts } from "../texts/schema-form.js";

/** What an input has to know: the value it is for, and how it is tied to what is said of it. */
export interface Asked {
  readonly value: unknown;
  readonly isRequired: boolean;
  /** `undefined` takes the value out. */
  readonly set: (value: unknown) => void;
  /** The last part of its path. */
  readonly name: string;
  readonly id: string;
  readonly invalid: "true" | "false";
  readonly described: string | typeof nothing;
}

/** Texts that are rather long, by what they are called. */
const LONG = new Set(["message", "text", "prompt", "raw", "chunk", "extraSystemPrompt", "description", "javaScript", "jsonl", "payloadJSON", "body", "question"]);

export function choiceInput({ value, isRequired, set, id, invalid, described }: Asked, options: readonly unknown[]): TemplateResult {
  const chosen = options.indexOf(value);
  const hasBlank = !isRequired || chosen < 0;
  const choose = (event: Event): void => {
    const { value: index } = event.target as HTMLSelectElement;
    set(index === "" ? undefined : options[Number(index)]);
  };
  return html`<select id=${id} aria-invalid=${invalid} aria-describedby=${described} .value=${live(chosen < 0 ? "" : String(chosen))} @change=${choose}>
    ${hasBlank ? html`<option value="" ?selected=${chosen < 0}>${value === undefined || chosen >= 0 ? texts.unset : String(value)}</option>` : nothing}
    ${options.map((option, index) => html`<option value=${index} ?selected=${index === chosen}>${optionName(option)}</option>`)}
  </select>`;
}

/** What is no number stays as it was typed: then it can be said what is wrong with it. */
export function numberInput({ value, set, id, invalid, described }: Asked): TemplateResult {
  const read = (event: Event): void => {
    const text = (event.target as HTMLInputElement).value.trim();
    const number = Number(text);
    set(text === "" ? undefined : Number.isFinite(number) ? number : text);
  };
  return html`<input id=${id} inputmode="decimal" autocomplete="off" aria-invalid=${invalid} aria-describedby=${described} .value=${value === undefined ? "" : String(value)} @change=${read} />`;
}

export function textInput({ value, isRequired, set, name, id, invalid, described }: Asked): TemplateResult {
  const read = (event: Event): void => {
    const text = (event.target as HTMLInputElement).value;
    set(text === "" && !isRequired ? undefined : text);
  };
  const shown = value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return LONG.has(name)
    ? html`<textarea id=${id} rows="3" aria-invalid=${invalid} aria-describedby=${described} .value=${live(shown)} @input=${read}></textarea>`
    : html`<input id=${id} autocomplete="off" autocapitalize="off" spellcheck="false" aria-invalid=${invalid} aria-describedby=${described} .value=${live(shown)} @input=${read} />`;
}

const optionName = (option: unknown): string => (option === true ? texts.yes : option === false ? texts.no : option === null ? texts.nothing : String(option));
