import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import addIcon from "icon:add-rounded";
import removeIcon from "icon:close-rounded";
import { define, PageElement } from "./element.js";
import { words } from "./format.js";
import { icon } from "./icon.js";
import { check, type Issue } from "./schema/check.js";
import { choiceInput, numberInput, textInput, type Asked } from "./schema/inputs.js";
import { blankOf, isRecord, kindOf, pathTo, variantName, variantOf, type Kind, type Schema } from "./schema/kind.js";
import "./styles/schema-form.css";
import { schemaForm as texts } from "./texts/schema-form.js";

/** One place of the value: what is there, and how it changes. `undefined` takes it out. */
interface Place {
  readonly schema: Schema;
  readonly value: unknown;
  readonly path: string;
  readonly label: string;
  readonly isRequired: boolean;
  readonly set: (value: unknown) => void;
}

let forms = 0;
const nextId = (): number => (forms += 1);

/**
 * A form made from a JSON Schema. `value` is what it shows; each change comes as a `value-change` event whose `detail`
 * is the new value: its inputs' own `change` passes by here, too. Values that do not fit stay as they were entered, so that {@link SchemaForm.check} can tell what is wrong
 * with them, at the place where it is. What the schema does not know is kept.
 */
export class SchemaForm extends PageElement {
  static override properties: PropertyDeclarations = { schema: { attribute: false }, value: { attribute: false }, issues: { attribute: false }, plain: { type: Boolean } };
  declare schema: Schema;
  declare value: unknown;
  /** What is wrong, as the gateway or {@link SchemaForm.check} said. */
  declare issues: readonly Issue[];
  /** Names stand as they are, not as words. */
  declare plain: boolean;
  readonly #id = `form-${nextId()}`;
  /** What was typed where JSON is wanted, by path, as long as it is none. */
  readonly #drafts = new Map<string, string>();
  /** By the path of an object, the fields that are not among the further ones: those stay where they are while they are filled in. */
  readonly #first = new Map<string, ReadonlySet<string>>();

  constructor() {
    super();
    this.schema = {};
    this.issues = [];
    this.plain = false;
  }

  /** What is wrong with the value; shown too, and the first of it focused. */
  check(): readonly Issue[] {
    const drafts = [...this.#drafts.keys()].map((path) => ({ path, message: texts.notJson }));
    const found = [...drafts, ...check(this.schema, this.value ?? {}).filter(({ path }) => !this.#drafts.has(path))];
    this.show(found);
    return found;
  }

  show(issues: readonly Issue[]): void {
    this.issues = issues;
    if (issues.length === 0) return;
    void this.updateComplete.then(() => {
      const field = this.querySelector<HTMLElement>("[aria-invalid='true']");
      for (let above = field?.closest("details"); above; above = above.parentElement?.closest("details")) above.open = true;
      field?.focus();
    });
  }

  /** What the form is made of changed, so what stands first is looked at anew. */
  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("schema")) this.#first.clear();
  }

  /** Forgets what was typed and is no value. To be called when another value is put in. */
  clear(): void {
    this.#drafts.clear();
    this.#first.clear();
    this.issues = [];
  }

  protected override render(): TemplateResult {
    const place: Place = { schema: this.schema, value: this.value, path: "", label: "", isRequired: true, set: (value) => this.#change(value) };
    const kind = kindOf(this.schema);
    const own = this.issues.filter(({ path }) => path === "");
    return html`${own.map(({ message }) => html`<p class="field-error" role="alert">${message}</p>`)}${kind.kind === "object" ? this.#fields(place, kind) : this.#field(place)}`;
  }

  #change(value: unknown): void {
    this.value = value;
    this.dispatchEvent(new CustomEvent("value-change", { detail: value }));
  }

  #fields({ value, path, set }: Place, { properties }: Extract<Kind, { kind: "object" }>): TemplateResult {
    const object = isRecord(value) ? value : {};
    const places = properties.map(([name, schema, isRequired]): Place & { name: string } => ({
      name, schema, isRequired, value: object[name], path: pathTo(path, name), label: this.plain ? name : words(name),
      set: (next) => set(withKey(object, name, next)),
    }));
    if (places.length === 0) return html`<p class="quiet small">${texts.noFields}</p>`;
    const names = this.#first.get(path) ?? new Set(places.filter((place) => place.isRequired || place.value !== undefined).map(({ name }) => name));
    this.#first.set(path, names);
    const first = places.filter(({ name }) => names.has(name));
    const rest = places.filter((place) => !first.includes(place));
    return html`<div class="fields">${first.map((place) => this.#field(place))}
      ${rest.length === 0 ? nothing : html`<details class="more-fields" ?open=${first.length === 0 && rest.length < 8}><summary>${texts.more(rest.length)}</summary><div class="fields">${rest.map((place) => this.#field(place))}</div></details>`}</div>`;
  }

  #isWrong(path: string): boolean {
    return this.issues.some((issue) => issue.path === path || issue.path.startsWith(`${path}.`) || issue.path.startsWith(`${path}[`));
  }

  #field(place: Place): TemplateResult {
    const kind = kindOf(place.schema);
    switch (kind.kind) {
      case "choice": return this.#labelled(place, choiceInput(this.#asked(place), kind.options));
      case "flag": return this.#labelled(place, choiceInput(this.#asked(place), [true, false]));
      case "number": return this.#labelled(place, numberInput(this.#asked(place)));
      case "text": return this.#labelled(place, textInput(this.#asked(place)));
      case "json": return this.#labelled(place, this.#json(place), texts.json);
      case "list": return this.#group(place, this.#list(place, kind.item));
      case "record": return this.#group(place, this.#record(place, kind.item));
      case "union": return this.#group(place, this.#union(place, kind.variants));
      case "object": return this.#group(place, this.#fields(place, kind));
    }
  }

  #labelled({ schema, path, label }: Place, input: TemplateResult, hint?: string): TemplateResult {
    const help = [schema.description, rangeOf(schema), hint].filter((text) => text !== undefined).map((text) => text.charAt(0).toUpperCase() + text.slice(1)).join(" ");
    return html`<div class="field">
      ${label === "" ? nothing : html`<label for=${this.#idOf(path)}>${label}</label>`}
      ${input}
      ${help === "" ? nothing : html`<p class="small quiet" id="${this.#idOf(path)}-help">${help}</p>`}
      ${this.#wrong(path)}
    </div>`;
  }

  #group(place: Place, content: TemplateResult): TemplateResult {
    const { path, label, schema, isRequired, value, set } = place;
    if (label === "") return html`${content}${this.#wrong(path)}`;
    const given = value !== undefined;
    return html`<details class="group" ?open=${isRequired || this.#isWrong(path)}>
      <summary>${label}${given ? nothing : html` <span class="quiet small">${texts.unset}</span>`}</summary>
      <div class="group-body">
        ${schema.description === undefined ? nothing : html`<p class="small quiet">${schema.description}</p>`}
        ${content}${this.#wrong(path)}
        ${given && !isRequired ? html`<button type="button" class="wa-plain wa-size-s" aria-label=${texts.removeOf(label)} @click=${() => this.#forget(path, () => set(undefined))}>${texts.remove}</button>` : nothing}
      </div>
    </details>`;
  }

  #wrong(path: string): TemplateResult | typeof nothing {
    const issue = this.issues.find((one) => one.path === path);
    return issue === undefined ? nothing : html`<p class="field-error" id="${this.#idOf(path)}-wrong">${issue.message}</p>`;
  }

  #json({ value, path, set, schema }: Place): TemplateResult {
    const read = (event: Event): void => {
      const text = (event.target as HTMLTextAreaElement).value;
      try {
        const parsed: unknown = text.trim() === "" ? undefined : JSON.parse(text);
        this.#drafts.delete(path);
        set(parsed);
      } catch {
        this.#drafts.set(path, text);
        this.show([{ path, message: texts.notJson }]);
      }
    };
    const shown = this.#drafts.get(path) ?? (value === undefined ? "" : JSON.stringify(value, undefined, 2));
    return html`<textarea id=${this.#idOf(path)} class="mono" rows="3" spellcheck="false" aria-invalid=${this.#invalid(path)} aria-describedby=${this.#described(path, schema)} aria-label=${path === "" ? texts.json : nothing} .value=${live(shown)} @change=${read}></textarea>`;
  }

  #list({ value, path, label, set }: Place, item: Schema): TemplateResult {
    const items = Array.isArray(value) ? (value as readonly unknown[]) : [];
    const replace = (index: number, next: unknown): void => set(items.map((one, at) => (at === index ? (next ?? blankOf(item)) : one)));
    return html`${items.map((one, index) => html`<div class="item">
        ${this.#field({ schema: item, value: one, path: pathTo(path, index), label: `${label} ${index + 1}`, isRequired: true, set: (next) => replace(index, next) })}
        ${this.#remove(`${label} ${index + 1}`, () => this.#forget(path, () => set(items.filter((_, at) => at !== index))))}
      </div>`)}
      ${this.#add(label, () => set([...items, blankOf(item)]))}`;
  }

  #record({ value, path, label, set }: Place, item: Schema): TemplateResult {
    const object = isRecord(value) ? value : {};
    const add = (event: Event): void => {
      const input = (event.currentTarget as HTMLElement).closest(".new-key")?.querySelector("input");
      const name = input?.value.trim() ?? "";
      if (input === null || input === undefined || name === "" || Object.hasOwn(object, name)) return input?.focus();
      input.value = "";
      set({ ...object, [name]: blankOf(item) });
    };
    return html`${Object.entries(object).map(([name, one]) => html`<div class="item">
        ${this.#field({ schema: item, value: one, path: pathTo(path, name), label: name, isRequired: true, set: (next) => set({ ...object, [name]: next }) })}
        ${this.#remove(name, () => this.#forget(path, () => set(withKey(object, name, undefined))))}
      </div>`)}
      <div class="new-key"><input aria-label=${texts.newKey(label)} placeholder=${texts.key} autocomplete="off" /><button type="button" class="wa-outlined wa-size-s" aria-label=${texts.addTo(label)} @click=${add}>${icon(addIcon)} ${texts.add}</button></div>`;
  }

  #union(place: Place, variants: readonly Schema[]): TemplateResult {
    const { value, path, label, isRequired, set } = place;
    const chosen = value === undefined ? -1 : variantOf(variants, value);
    const schema = variants[chosen];
    const choose = (event: Event): void => {
      const { value: index } = event.target as HTMLSelectElement;
      this.#forget(path, () => set(index === "" ? undefined : (blankOf(variants[Number(index)] ?? {}) ?? "")));
    };
    return html`<div class="field"><label class="visually-hidden" for="${this.#idOf(path)}-kind">${texts.variant(label)}</label>
        <select id="${this.#idOf(path)}-kind" aria-invalid=${this.#invalid(path)} .value=${live(chosen < 0 ? "" : String(chosen))} @change=${choose}>
        ${isRequired && chosen >= 0 ? nothing : html`<option value="" ?selected=${chosen < 0}>${texts.unset}</option>`}
        ${variants.map((variant, index) => html`<option value=${index} ?selected=${index === chosen}>${variantName(variant)}</option>`)}
      </select></div>
      ${schema === undefined ? nothing : this.#variant({ ...place, schema })}`;
  }

  /** What is fixed in a variant was chosen with it. */
  #variant(place: Place): TemplateResult {
    const kind = kindOf(place.schema);
    if (kind.kind === "choice" && kind.options.length === 1) return html``;
    if (kind.kind === "object") return this.#fields(place, { ...kind, properties: kind.properties.filter(([, inner]) => !("const" in inner)) });
    // It stands within its union's frame, and needs none of its own.
    if (kind.kind === "list") return this.#list(place, kind.item);
    if (kind.kind === "record") return this.#record(place, kind.item);
    if (kind.kind === "union") return this.#union(place, kind.variants);
    return this.#field({ ...place, isRequired: true });
  }

  /** What was typed below a place goes with it. */
  #forget(path: string, change: () => void): void {
    for (const draft of this.#drafts.keys()) if (draft.startsWith(path)) this.#drafts.delete(draft);
    change();
  }

  #add(label: string, act: () => void): TemplateResult {
    return html`<button type="button" class="wa-outlined wa-size-s add" aria-label=${texts.addTo(label)} @click=${act}>${icon(addIcon)} ${texts.add}</button>`;
  }

  #remove(label: string, act: () => void): TemplateResult {
    return html`<button type="button" class="icon-button" aria-label=${texts.removeOf(label)} title=${texts.removeOf(label)} @click=${act}>${icon(removeIcon)}</button>`;
  }

  /** What an input has to know of its place. */
  #asked({ value, path, isRequired, set, schema }: Place): Asked {
    return { value, isRequired, set, name: /([^.[\]]+)(?:\[\d+\])?$/.exec(path)?.[1] ?? "", id: this.#idOf(path), invalid: this.#invalid(path), described: this.#described(path, schema) };
  }

  #idOf(path: string): string {
    return `${this.#id}-${encodeURIComponent(path)}`;
  }

  #invalid(path: string): "true" | "false" {
    return this.issues.some((issue) => issue.path === path) ? "true" : "false";
  }

  #described(path: string, schema: Schema): string | typeof nothing {
    const ids = [schema.description !== undefined || rangeOf(schema) !== undefined ? `${this.#idOf(path)}-help` : "", this.#invalid(path) === "true" ? `${this.#idOf(path)}-wrong` : ""].filter((id) => id !== "");
    return ids.length === 0 ? nothing : ids.join(" ");
  }
}

const rangeOf = ({ minimum, maximum }: Schema): string | undefined => (maximum === undefined && (minimum ?? 0) === 0 ? undefined : texts.range(minimum, maximum));

const withKey = (object: Readonly<Record<string, unknown>>, name: string, value: unknown): Readonly<Record<string, unknown>> => {
  // In its place, where it had one.
  if (value !== undefined) return { ...object, [name]: value };
  const { [name]: _before, ...rest } = object;
  return rest;
};

define("schema-form", SchemaForm);
