import { html, nothing, type TemplateResult } from "lit";
import { methods } from "protocol:methods";
import { define } from "../../shared/element.js";
import { GatewayError } from "../../../../src/client/browser/index.js";
import { span } from "../../shared/format.js";
import { own } from "../../shared/own.js";
import type { SchemaForm } from "../../shared/schema-form.js";
import "../../shared/schema-form.js";
import { blankOf } from "../../shared/schema/kind.js";
import { consoleTexts as texts } from "../../shared/texts/control/console.js";
import { control } from "../../shared/texts/index.js";
import { confirmed } from "../parts/ask.js";
import { facts, jsonBlock, tag, viewHead } from "../parts/pieces.js";
import { ViewElement } from "../parts/view-element.js";
import { linkTo } from "../route.js";
import "./console-events.js";
import type { ViewModule } from "./view-module.js";

type Result = { readonly kind: "running" } | { readonly kind: "answer" | "error"; readonly value: unknown; readonly tookMs: number };

const TIMEOUT_MS = 60_000;
const FIRST = "health";

/** Any method of the protocol, by its schema: `#/console/<method>`; and the events: `#/console?watch=1`. */
export class ConsoleView extends ViewElement {
  static override properties = { ...ViewElement.properties, params: { state: true }, isJson: { state: true }, result: { state: true }, jsonError: { state: true } };
  declare params: unknown;
  declare isJson: boolean;
  declare result: Result | undefined;
  declare jsonError: string | undefined;
  #method = "";

  constructor() {
    super();
    this.isJson = false;
  }

  protected override async read(): Promise<void> {
    // Everything that is shown came with the page or with the connection.
  }

  protected override willUpdate(): void {
    const wanted = this.route.rest === "" ? FIRST : this.route.rest;
    const method = own(methods, wanted);
    if (wanted === this.#method || method === undefined) return;
    this.#method = wanted;
    this.params = blankOf(method.params) ?? {};
    this.result = undefined;
    this.jsonError = undefined;
    this.querySelector<SchemaForm>("schema-form")?.clear();
  }

  protected override head(): TemplateResult {
    const watches = this.route.params.has("watch");
    const tabs = html`<nav class="tabs" aria-label=${texts.tabs}><a href=${linkTo("console")} aria-current=${watches ? nothing : "page"}>${texts.call}</a><a href=${linkTo("console", "", { watch: "1" })} aria-current=${watches ? "page" : nothing}>${texts.events}</a></nav>`;
    return viewHead({ title: control.names.console, lead: texts.lead, actions: tabs });
  }

  protected override draw(): TemplateResult {
    // The list of events stays while a method is called, so that none is missed.
    const watches = this.route.params.has("watch");
    return html`<console-events .connection=${this.connection} ?hidden=${!watches}></console-events>${watches ? nothing : this.#call()}`;
  }

  #call(): TemplateResult {
    const method = own(methods, this.#method);
    if (method === undefined) return html``;
    const isOffered = this.offers(this.#method);
    return html`<form class="card form" @submit=${this.#run}>
        <div class="field"><label for="console-method">${texts.method}</label>
          <input id="console-method" list="console-methods" autocomplete="off" spellcheck="false" placeholder=${texts.find} .value=${this.#method} @change=${this.#choose} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} />
          <datalist id="console-methods">${Object.keys(methods).map((name) => html`<option value=${name}></option>`)}</datalist></div>
        ${isOffered ? nothing : html`<p>${tag(texts.unavailable, "warn")}</p>`}
        ${facts([[texts.facts.scope, method.scope === "none" ? texts.none : method.scope], [texts.facts.effect, texts.effects[method.effect] ?? method.effect], [texts.facts.since, String(method.since)], [texts.facts.role, method.role]])}
        <fieldset class="plain"><legend>${texts.params}</legend><div class="stack">
          <div class="tabs" role="group" aria-label=${texts.shape}>${this.#shape(false, texts.asForm)}${this.#shape(true, texts.asJson)}</div>
          ${this.isJson ? this.#json() : html`<schema-form plain .schema=${method.params} .value=${this.params} @value-change=${(event: CustomEvent) => (this.params = event.detail)}></schema-form>`}
        </div></fieldset>
        <div class="actions"><button type="submit" class="wa-brand" aria-busy=${this.result?.kind === "running" ? "true" : nothing}>${texts.run}</button></div>
      </form>
      <div class="stack" aria-live="polite">${this.#result()}</div>`;
  }

  #shape(isJson: boolean, text: string): TemplateResult {
    const isChosen = this.isJson === isJson;
    return html`<button type="button" class="wa-size-s ${isChosen ? "wa-filled" : "wa-plain"}" aria-pressed=${isChosen ? "true" : "false"} @click=${() => (this.isJson = isJson)}>${text}</button>`;
  }

  #json(): TemplateResult {
    const read = (event: Event): void => {
      try {
        this.params = JSON.parse((event.target as HTMLTextAreaElement).value);
        this.jsonError = undefined;
      } catch {
        this.jsonError = texts.notJson;
      }
    };
    return html`<div class="field"><label class="visually-hidden" for="console-json">${texts.params}</label>
      <textarea id="console-json" class="mono" rows="8" spellcheck="false" aria-invalid=${this.jsonError === undefined ? "false" : "true"} .value=${JSON.stringify(this.params, undefined, 2)} @change=${read}></textarea>
      ${this.jsonError === undefined ? nothing : html`<p class="field-error" role="alert">${this.jsonError}</p>`}</div>`;
  }

  #choose(event: Event): void {
    const { value } = event.target as HTMLInputElement;
    if (own(methods, value) === undefined) this.requestUpdate();
    else location.hash = linkTo("console", value);
  }

  async #run(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const method = this.#method;
    const form = this.querySelector<SchemaForm>("schema-form");
    if (this.result?.kind === "running" || this.jsonError !== undefined || (form !== null && form.check().length > 0)) return;
    const { title, text, action } = texts.confirm;
    if (own(methods, method)?.effect !== "read" && !(await confirmed({ title: title(method), text, action }))) return;
    this.result = { kind: "running" };
    const begun = performance.now();
    try {
      const value = await this.connection.request(method, this.params ?? {}, { timeoutMs: TIMEOUT_MS });
      this.result = { kind: "answer", value, tookMs: performance.now() - begun };
    } catch (error) {
      const value = error instanceof GatewayError ? { code: error.code, message: error.message, details: error.details, retryable: error.retryable || undefined } : { message: String(error) };
      this.result = { kind: "error", value, tookMs: performance.now() - begun };
    }
  }

  #result(): TemplateResult | typeof nothing {
    const { result } = this;
    if (result === undefined) return nothing;
    if (result.kind === "running") return html`<p class="waiting-line"><span class="spinner"></span>${texts.running}</p>`;
    return html`<h2>${texts[result.kind]}</h2>${jsonBlock(result.value, texts[result.kind])}<p class="small quiet">${texts.took(span(result.tookMs))}</p>`;
  }
}

define("console-view", ConsoleView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<console-view .connection=${connection} .route=${route}></console-view>`;
