import { html, nothing, type TemplateResult } from "lit";
import JSON5 from "json5";
import type { ResultOf } from "../../../../src/domain/protocol/catalog.js";
import type { Connection } from "../../shared/connection.js";
import { define, PageElement } from "../../shared/element.js";
import { explain } from "../../shared/explain.js";
import { check, type Issue } from "../../shared/schema/check.js";
import type { Schema } from "../../shared/schema/kind.js";
import { config as texts } from "../../shared/texts/control/config.js";
import { confirmed } from "../parts/ask.js";
import { changesOf } from "../parts/config-diff.js";
import { press } from "../parts/pieces.js";
import { say } from "../parts/toast.js";
import { changeList, doneText, issuesOf, isStale, problemList } from "../parts/config-report.js";

/** The file as text, comments and all. `applied` comes when it was written. */
export class ConfigText extends PageElement {
  static override properties = { connection: { attribute: false }, view: { attribute: false }, schema: { attribute: false }, restarting: { attribute: false }, text: { state: true }, issues: { state: true }, hasConflict: { state: true } };
  declare connection: Connection;
  declare view: ResultOf<"config.get">;
  declare schema: Schema;
  declare restarting: readonly string[];
  /** Nothing as long as nobody changed anything. */
  declare text: string | undefined;
  declare issues: readonly Issue[];
  declare hasConflict: boolean;
  /** Of the file that the text started from. */
  #hash: string | undefined;

  constructor() {
    super();
    this.issues = [];
    this.hasConflict = false;
  }

  get #original(): string {
    return this.view.raw ?? `${JSON.stringify(this.view.parsed ?? {}, undefined, 2)}\n`;
  }

  protected override willUpdate(): void {
    if (this.text === undefined) this.#hash = this.view.hash;
    else if (this.view.hash !== this.#hash) this.hasConflict = true;
  }

  #type(event: Event): void {
    const { value } = event.target as HTMLTextAreaElement;
    this.text = value === this.#original ? undefined : value;
    this.issues = [];
  }

  #judge(): unknown {
    let parsed: unknown;
    try {
      parsed = JSON5.parse<unknown>(this.text ?? this.#original);
    } catch (error) {
      const { lineNumber = 1, columnNumber = 1 } = error as { lineNumber?: number; columnNumber?: number };
      this.issues = [{ path: "", message: texts.parse(lineNumber, columnNumber) }];
      return undefined;
    }
    this.issues = check(this.schema, parsed);
    return this.issues.length > 0 ? undefined : parsed;
  }

  async #apply(): Promise<void> {
    const parsed = this.#judge();
    if (parsed === undefined || this.text === undefined || this.hasConflict) return;
    const changes = changesOf(this.view.parsed ?? {}, parsed);
    if (!(await confirmed({ ...texts.confirm, text: changes.length === 0 ? texts.nothing : changes.map(({ path }) => path).join(", ") }))) return;
    try {
      const { restart } = await this.connection.call("config.apply", { raw: this.text, ...(this.view.exists ? { baseHash: this.#hash ?? "" } : {}) });
      this.text = undefined;
      say(doneText(restart));
      this.dispatchEvent(new Event("applied"));
    } catch (error) {
      this.issues = issuesOf(error);
      if (isStale(error)) this.hasConflict = true;
      else if (this.issues.length === 0) say(explain(error), "problem");
    }
  }

  #drop(): void {
    this.text = undefined;
    this.issues = [];
    this.hasConflict = false;
    this.dispatchEvent(new Event("applied"));
  }

  async #overwrite(): Promise<void> {
    if (!(await confirmed({ ...texts.confirmOverwrite, danger: true }))) return;
    this.#hash = (await this.connection.call("config.get", {})).hash;
    this.hasConflict = false;
    await this.#apply();
  }

  protected override render(): TemplateResult {
    const { title, overwrite, theirs } = texts.conflict;
    return html`<div class="stack">
      ${this.hasConflict ? html`<div class="notice warning stack" role="alert"><p>${title}</p><div class="actions">${press(theirs, () => this.#drop(), { kind: "brand" })}${press(overwrite, () => this.#overwrite())}</div></div>` : nothing}
      <label class="visually-hidden" for="config-raw">${texts.textLabel}</label>
      <textarea id="config-raw" class="config-raw" spellcheck="false" autocapitalize="off" aria-describedby="config-hint" aria-invalid=${this.issues.length > 0 ? "true" : "false"} .value=${this.text ?? this.#original} @input=${this.#type}></textarea>
      <p id="config-hint" class="small quiet">${texts.textHint}</p>
      ${problemList(texts.problems(this.issues.length), this.issues, "danger")}
      ${this.text === undefined ? nothing : this.#changes()}
      <div class="actions">${press(texts.apply, () => this.#apply(), { kind: "brand" })}${press(texts.check, () => this.#judge() !== undefined && say(texts.fine))}${this.text === undefined ? nothing : press(texts.discard, () => this.#drop(), { kind: "plain" })}</div>
    </div>`;
  }

  #changes(): TemplateResult | typeof nothing {
    try {
      const changes = changesOf(this.view.parsed ?? {}, JSON5.parse<unknown>(this.text ?? ""));
      return changes.length === 0 ? nothing : changeList(changes, this.restarting);
    } catch {
      return nothing;
    }
  }
}

define("config-text", ConfigText);
