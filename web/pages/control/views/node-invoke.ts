import { html, nothing, type TemplateResult } from "lit";
import type { NodeRow } from "../../../../src/domain/protocol/methods/nodes.js";
import type { Connection } from "../../shared/connection.js";
import { define, PageElement } from "../../shared/element.js";
import { explain } from "../../shared/explain.js";
import { span } from "../../shared/format.js";
import type { SchemaForm } from "../../shared/schema-form.js";
import "../../shared/schema-form.js";
import { blankOf, type Schema } from "../../shared/schema/kind.js";
import { nodes } from "../../shared/texts/control/nodes.js";
import { confirmed } from "../parts/ask.js";
import { isWeighty, paramsOf } from "../parts/node-commands.js";
import { jsonBlock } from "../parts/pieces.js";
import { pictureOf, withoutPicture } from "../parts/picture.js";

const texts = nodes.invoke;
const ANYTHING: Schema = {};
const DEFAULT_SECONDS = 30;

type Result = { readonly kind: "running" } | { readonly kind: "failed"; readonly message: string } | { readonly kind: "done"; readonly payload: unknown; readonly tookMs: number };

/** Any of a node's commands, with a form for what it takes. */
export class NodeInvoke extends PageElement {
  static override properties = { connection: { attribute: false }, node: { attribute: false }, command: { state: true }, params: { state: true }, result: { state: true } };
  declare connection: Connection;
  declare node: NodeRow;
  declare command: string;
  declare params: unknown;
  declare result: Result | undefined;

  constructor() {
    super();
    this.command = "";
  }

  #choose(command: string): void {
    this.command = command;
    this.params = blankOf(paramsOf(command) ?? ANYTHING) ?? {};
    this.result = undefined;
    this.querySelector<SchemaForm>("schema-form")?.clear();
  }

  async #run(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { command, params, node } = this;
    const form = this.querySelector<SchemaForm>("schema-form");
    if (this.result?.kind === "running" || (form !== null && form.check().length > 0)) return;
    const { title, text, action } = texts.confirm;
    if (isWeighty(command) && !(await confirmed({ title: title(command), text, action, danger: true }))) return;
    const seconds = Number(this.querySelector<HTMLInputElement>("#invoke-timeout")?.value) || DEFAULT_SECONDS;
    this.result = { kind: "running" };
    const begun = performance.now();
    try {
      const { payload } = await this.connection.call("node.invoke", { nodeId: node.nodeId, command, params: params ?? {}, timeoutMs: seconds * 1_000 }, { timeoutMs: (seconds + 5) * 1_000 });
      this.result = { kind: "done", payload, tookMs: performance.now() - begun };
    } catch (error) {
      this.result = { kind: "failed", message: explain(error) };
    }
  }

  protected override willUpdate(): void {
    const { commands } = this.node;
    if (!commands.includes(this.command)) this.#choose(commands.find((one) => paramsOf(one) !== undefined) ?? commands[0] ?? "");
  }

  protected override render(): TemplateResult {
    const { node, command, params } = this;
    const content = node.commands.length === 0 ? html`<p class="quiet">${texts.noCommands}</p>` : !node.connected ? html`<p class="notice">${texts.notConnected}</p>` : html`<form class="form" @submit=${this.#run}>
      <div class="two">
        <div class="field"><label for="invoke-command">${texts.command}</label>
          <select id="invoke-command" @change=${(event: Event) => this.#choose((event.target as HTMLSelectElement).value)}>${node.commands.map((one) => html`<option value=${one} ?selected=${one === command}>${one}</option>`)}</select></div>
        <div class="field"><label for="invoke-timeout">${texts.timeout}</label><input id="invoke-timeout" inputmode="numeric" value=${DEFAULT_SECONDS} /></div>
      </div>
      <fieldset class="plain"><legend>${texts.params}</legend>
        <schema-form .schema=${paramsOf(command) ?? ANYTHING} .value=${params} @value-change=${(event: CustomEvent) => (this.params = event.detail)}></schema-form></fieldset>
      <div class="actions"><button type="submit" class="wa-brand" aria-busy=${this.result?.kind === "running" ? "true" : nothing}>${texts.run}</button></div>
    </form>`;
    return html`<section class="card" aria-labelledby="invoke-title"><h2 id="invoke-title">${texts.title}</h2>${content}<div class="stack" aria-live="polite">${this.#result()}</div></section>`;
  }

  #result(): TemplateResult | typeof nothing {
    const { result } = this;
    if (result === undefined) return nothing;
    if (result.kind === "running") return html`<p class="waiting-line"><span class="spinner"></span>${texts.running}</p>`;
    if (result.kind === "failed") return html`<p class="notice danger">${result.message}</p>`;
    const picture = pictureOf(result.payload);
    return html`<h3>${texts.answer}</h3>
      ${picture === undefined ? nothing : html`<img class="canvas" src=${picture} alt=${texts.picture} />`}
      ${result.payload === undefined || result.payload === null ? html`<p>${texts.nothing}</p>` : jsonBlock(withoutPicture(result.payload), texts.answer)}
      <p class="small quiet">${texts.took(span(result.tookMs))}</p>`;
  }
}

define("node-invoke", NodeInvoke);
