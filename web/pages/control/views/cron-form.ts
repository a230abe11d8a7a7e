import { html, nothing, type TemplateResult } from "lit";
import type { CronJob } from "../../../../src/domain/protocol/methods/cron.js";
import { define, PageElement } from "../../shared/element.js";
import { cron } from "../../shared/texts/control/cron.js";
import { shared } from "../../shared/texts/index.js";
import { fieldsOf, readJob, type JobFields } from "../parts/job.js";

const texts = cron.form;

interface Input {
  readonly hint?: string;
  readonly type?: string;
  readonly inputmode?: string;
}

/** A job to be made or changed. `submit-job` comes with what was entered, `cancel` where somebody thought better of it. */
export class CronForm extends PageElement {
  static override properties = { job: { attribute: false }, what: { state: true }, when: { state: true }, wrong: { state: true }, deliver: { state: true } };
  /** Nothing for a new one. */
  declare job: CronJob | undefined;
  declare what: string;
  declare when: string;
  declare deliver: string;
  declare wrong: { readonly field: string; readonly message: string } | undefined;
  #fields: JobFields = {};

  override connectedCallback(): void {
    super.connectedCallback();
    this.#fields = fieldsOf(this.job);
    this.what = this.#fields["what"] ?? "agentTurn";
    this.when = this.#fields["when"] ?? "every";
    this.deliver = this.#fields["deliver"] ?? "";
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const fields: Record<string, string> = {};
    new FormData(event.target as HTMLFormElement).forEach((value, name) => (fields[name] = String(value)));
    const read = readJob(fields);
    if (read.kind === "wrong") {
      this.wrong = read;
      void this.updateComplete.then(() => this.querySelector<HTMLElement>(`[name="${read.field}"]`)?.focus());
      return;
    }
    this.wrong = undefined;
    this.dispatchEvent(new CustomEvent("submit-job", { detail: read.params }));
  }

  protected override render(): TemplateResult {
    const { what, when } = this;
    return html`<form class="card form" novalidate @submit=${this.#submit}>
      ${this.#input("name", texts.name)}
      <fieldset class="plain"><legend>${texts.what}</legend><div class="stack">
        ${this.#radio("what", "agentTurn", texts.turn, what, (value) => (this.what = value))}
        ${this.#radio("what", "systemEvent", texts.event, what, (value) => (this.what = value))}</div></fieldset>
      ${this.#labelled("text", texts.text, html`<textarea id="job-text" name="text" rows="4" aria-invalid=${this.#invalid("text")} aria-describedby=${this.#described("text")} .value=${this.#fields["text"] ?? ""}></textarea>`)}
      <fieldset class="plain"><legend>${texts.when}</legend><div class="stack">
        ${(["at", "every", "cron"] as const).map((kind) => this.#radio("when", kind, texts[kind], when, (value) => (this.when = value)))}</div></fieldset>
      ${when === "at" ? this.#input("moment", texts.moment, { type: "datetime-local" }) : nothing}
      ${when === "every" ? html`<div class="two">${this.#input("amount", texts.amount, { inputmode: "decimal" })}${this.#select("unit", texts.unit, texts.units)}</div>` : nothing}
      ${when === "cron" ? html`<div class="two">${this.#input("expression", texts.expression, { hint: texts.expressionHint })}${this.#input("zone", texts.zone, { hint: texts.zoneHint })}</div>` : nothing}
      ${this.#check("enabled", texts.active)}
      <details class="more-fields"><summary>${texts.more}</summary><div class="fields">${this.#more()}</div></details>
      <div class="actions"><button type="submit" class="wa-brand">${this.job === undefined ? texts.create : texts.save}</button>
        <button type="button" class="wa-outlined" @click=${() => this.dispatchEvent(new Event("cancel"))}>${shared.cancel}</button></div>
    </form>`;
  }

  #more(): TemplateResult {
    const isTurn = this.what === "agentTurn";
    return html`${this.#input("description", texts.description)}
      <div class="two">${this.#input("session", texts.session, { hint: texts.sessionHint })}${this.#select("wake", texts.wake, texts.wakes)}${this.#input("agent", texts.agent)}</div>
      ${isTurn ? html`<div class="two">${this.#input("model", texts.model)}${this.#input("thinking", texts.thinking)}${this.#input("timeout", texts.timeout, { inputmode: "numeric" })}</div>
        <div class="two">${this.#select("deliver", texts.deliver, texts.delivers, (value) => (this.deliver = value))}
          ${this.deliver === "announce" ? this.#input("channel", texts.channel) : nothing}${this.deliver === "announce" || this.deliver === "webhook" ? this.#input("to", texts.to) : nothing}</div>` : nothing}
      ${this.#check("once", texts.once)}`;
  }

  #labelled(name: string, label: string, input: TemplateResult, hint?: string): TemplateResult {
    return html`<div class="field"><label for="job-${name}">${label}</label>${input}
      ${hint === undefined ? nothing : html`<p class="small quiet" id="job-${name}-hint">${hint}</p>`}
      ${this.wrong?.field === name ? html`<p class="field-error" id="job-${name}-wrong" role="alert">${this.wrong.message}</p>` : nothing}</div>`;
  }

  #input(name: string, label: string, { hint, type = "text", inputmode }: Input = {}): TemplateResult {
    return this.#labelled(name, label, html`<input id="job-${name}" name=${name} type=${type} inputmode=${inputmode ?? nothing} autocomplete="off"
      aria-invalid=${this.#invalid(name)} aria-describedby=${this.#described(name, hint)} value=${this.#fields[name] ?? ""} />`, hint);
  }

  #select(name: string, label: string, options: readonly (readonly [string, string])[], choose?: (value: string) => void): TemplateResult {
    return this.#labelled(name, label, html`<select id="job-${name}" name=${name} @change=${(event: Event) => choose?.((event.target as HTMLSelectElement).value)}>
      ${options.map(([value, text]) => html`<option value=${value} ?selected=${value === (this.#fields[name] ?? "")}>${text}</option>`)}</select>`);
  }

  #radio(name: string, value: string, label: string, chosen: string, choose: (value: string) => void): TemplateResult {
    return html`<label class="choice"><input type="radio" name=${name} value=${value} ?checked=${value === chosen} @change=${() => choose(value)} /> ${label}</label>`;
  }

  #check(name: string, label: string): TemplateResult {
    return html`<label class="choice"><input type="checkbox" name=${name} ?checked=${this.#fields[name] !== undefined} /> ${label}</label>`;
  }

  #invalid(name: string): "true" | "false" {
    return this.wrong?.field === name ? "true" : "false";
  }

  #described(name: string, hint?: string): string | typeof nothing {
    const ids = [hint === undefined ? "" : `job-${name}-hint`, this.#invalid(name) === "true" ? `job-${name}-wrong` : ""].filter((id) => id !== "");
    return ids.length === 0 ? nothing : ids.join(" ");
  }
}

define("cron-form", CronForm);
