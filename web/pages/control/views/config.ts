import { html, nothing, type TemplateResult } from "lit";
import type { ResultOf } from "../../../../src/domain/protocol/catalog.js";
import { define } from "../../shared/element.js";
import { explain } from "../../shared/explain.js";
import { words } from "../../shared/format.js";
import type { SchemaForm } from "../../shared/schema-form.js";
import "../../shared/schema-form.js";
import { check, type Issue } from "../../shared/schema/check.js";
import { isRecord, kindOf, type Schema } from "../../shared/schema/kind.js";
import { config as texts } from "../../shared/texts/control/config.js";
import { control } from "../../shared/texts/index.js";
import { confirmed } from "../parts/ask.js";
import { changesOf, hasComments, needRestart, patchOf, withPatch, type Change } from "../parts/config-diff.js";
import { changeList, doneText, issuesOf, isStale, problemList } from "../parts/config-report.js";
import { press, viewHead } from "../parts/pieces.js";
import { say } from "../parts/toast.js";
import { ViewElement } from "../parts/view-element.js";
import { linkTo } from "../route.js";
import "./config-text.js";
import "./config.css";
import type { ViewModule } from "./view-module.js";

type View = ResultOf<"config.get">;
const TEXT = "text";

/** The configuration: `#/config`, a section of it as a form at `#/config/<section>`, the whole as text at `#/config?as=text`. */
export class ConfigView extends ViewElement {
  static override properties = { ...ViewElement.properties, draft: { state: true }, issues: { state: true }, hasConflict: { state: true } };
  /** What the form makes of the file; nothing as long as nobody changed anything. */
  declare draft: unknown;
  declare issues: readonly Issue[];
  declare hasConflict: boolean;
  protected override readonly listens = ["config.changed"];
  #view: View | undefined;
  #schema: Schema = {};
  #restarting: readonly string[] = [];

  constructor() {
    super();
    this.issues = [];
    this.hasConflict = false;
  }

  protected override async read(): Promise<void> {
    const [view, { schema, uiHints }] = await Promise.all([this.connection.call("config.get", {}), this.connection.call("config.schema", {})]);
    this.#schema = isRecord(schema) ? schema : {};
    this.#restarting = Object.entries(uiHints).filter(([, hint]) => isRecord(hint) && hint["requiresRestart"] === true).map(([path]) => path);
    // What somebody is at stands on the file as it was; that it changed is said, and it is theirs to decide.
    if (this.#view !== undefined && this.draft !== undefined && view.hash !== this.#view.hash) this.hasConflict = true;
    else this.#view = view;
  }

  get #parsed(): unknown {
    return this.#view?.parsed ?? {};
  }

  get #isText(): boolean {
    return this.route.params.get("as") === TEXT;
  }

  protected override head(): TemplateResult {
    const view = this.#view;
    const { rest } = this.route;
    const tabs = html`<nav class="tabs" aria-label=${texts.modes}><a href=${linkTo("config")} aria-current=${this.#isText ? nothing : "page"}>${texts.form}</a><a href=${linkTo("config", "", { as: TEXT })} aria-current=${this.#isText ? "page" : nothing}>${texts.text}</a></nav>`;
    return viewHead({
      title: rest === "" ? control.names.config : words(rest),
      ...(rest === "" ? { lead: view === undefined ? nothing : view.exists ? texts.file(view.path) : texts.noFile(view.path) } : { back: linkTo("config") }),
      actions: tabs,
    });
  }

  protected override draw(): TemplateResult {
    const view = this.#view;
    if (view === undefined) return html``;
    if (Object.keys(this.#schema).length === 0) return html`<p class="notice">${texts.readOnly}</p>`;
    if (this.#isText) return html`<config-text .connection=${this.connection} .view=${view} .schema=${this.#schema} .restarting=${this.#restarting} @applied=${() => this.refresh()}></config-text>`;
    return html`${problemList(texts.fileIssues, view.issues, "danger")}${problemList(texts.warnings, view.warnings ?? [], "warning")}
      ${this.hasConflict ? this.#conflict() : nothing}
      ${this.route.rest === "" ? this.#sections() : this.#section(this.route.rest)}
      ${this.#pending()}`;
  }

  #sections(): TemplateResult {
    const value = this.draft ?? this.#parsed;
    const kind = kindOf(this.#schema);
    const names = kind.kind === "object" ? kind.properties.map(([name]) => name).filter((name) => !name.startsWith("$")) : [];
    const unknown = isRecord(value) ? Object.keys(value).filter((name) => !names.includes(name) && !name.startsWith("$")) : [];
    return html`<section aria-label=${texts.sections}><ul class="card rows sections">${[...names, ...unknown].map((name) => {
      const section = isRecord(value) ? value[name] : undefined;
      return html`<li><a class="grow name" href=${linkTo("config", name)}>${words(name)} <code class="quiet">${name}</code></a>
        <span class="quiet small end">${isRecord(section) ? texts.set(Object.keys(section).length) : section === undefined ? texts.unset : ""}</span></li>`;
    })}</ul></section>`;
  }

  #section(name: string): TemplateResult {
    const schema = this.#schema.properties?.[name] ?? {};
    const value = this.draft ?? this.#parsed;
    const section = isRecord(value) ? value[name] : undefined;
    // The form knows the section alone, the issues the whole.
    const issues = this.issues.filter(({ path }) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`)).map(({ path, message }) => ({ path: path.slice(name.length).replace(/^\./, ""), message }));
    const restarting = this.#restarting.filter((path) => path === name || path.startsWith(`${name}.`));
    return html`<div class="card"><schema-form .schema=${schema} .value=${section} .issues=${issues} @value-change=${(event: CustomEvent) => this.#change(name, event.detail)}></schema-form></div>
      ${restarting.length === 0 ? nothing : html`<p class="small quiet">${texts.restartSection} ${restarting.map((path, nth) => html`${nth === 0 ? "" : ", "}<code>${path}</code>`)}</p>`}`;
  }

  #change(name: string, section: unknown): void {
    const whole = isRecord(this.draft ?? this.#parsed) ? (this.draft ?? this.#parsed) as Readonly<Record<string, unknown>> : {};
    const { [name]: _before, ...rest } = whole;
    const isGone = section === undefined || (isRecord(section) && Object.keys(section).length === 0 && !(isRecord(this.#parsed) && name in this.#parsed));
    this.draft = isGone ? rest : { ...whole, [name]: section };
  }

  get #changes(): readonly Change[] {
    return this.draft === undefined ? [] : changesOf(this.#parsed, this.draft);
  }

  #pending(): TemplateResult | typeof nothing {
    const changes = this.#changes;
    if (changes.length === 0) return nothing;
    return html`<div class="pending card" role="region" aria-label=${texts.pending(changes.length)}>
      <p><strong>${texts.pending(changes.length)}</strong></p>
      ${changeList(changes, this.#restarting)}
      ${this.#view?.raw != null && hasComments(this.#view.raw) ? html`<p class="notice warning">${texts.comments}</p>` : nothing}
      ${problemList(texts.problems(this.issues.length), this.issues, "danger")}
      <div class="actions">${press(texts.apply, () => this.#apply(), { kind: "brand", busy: this.busy.has("apply") })}${press(texts.check, () => this.#check())}${press(texts.discard, () => this.#discard(), { kind: "plain" })}</div>
    </div>`;
  }

  /** Whether the draft fits the schema; the gateway judges the rest when it is applied. */
  #isFine(): boolean {
    const form = this.querySelector<SchemaForm>("schema-form");
    this.issues = check(this.#schema, this.draft);
    if (this.issues.length > 0 || (form !== null && form.check().length > 0)) return false;
    return true;
  }

  #check(): void {
    if (this.#isFine()) say(texts.fine);
  }

  async #apply(): Promise<void> {
    if (this.hasConflict || !this.#isFine()) return;
    const needed = needRestart(this.#changes.map(({ path }) => path), this.#restarting);
    if (!(await confirmed({ ...texts.confirm, text: [this.#changes.map(({ path }) => path).join(", "), needed.length > 0 ? texts.restartHint : ""].filter((part) => part !== "").join(". ") }))) return;
    const patch = patchOf(this.#parsed, this.draft);
    const { hash, exists } = this.#view ?? { hash: "", exists: false };
    try {
      const { restart } = await this.connection.call("config.patch", { raw: JSON.stringify(patch), ...(exists ? { baseHash: hash } : {}) });
      this.draft = undefined;
      this.issues = [];
      say(doneText(restart));
    } catch (error) {
      this.issues = issuesOf(error);
      if (isStale(error)) this.hasConflict = true;
      else if (this.issues.length === 0) say(explain(error), "problem");
    }
    void this.refresh();
  }

  async #discard(): Promise<void> {
    if (!(await confirmed({ ...texts.confirmDiscard, danger: true }))) return;
    this.#drop();
    say(texts.discarded);
  }

  #drop(): void {
    this.draft = undefined;
    this.issues = [];
    this.hasConflict = false;
    this.querySelector<SchemaForm>("schema-form")?.clear();
    void this.refresh();
  }

  #conflict(): TemplateResult {
    const { title, mine, theirs } = texts.conflict;
    return html`<div class="notice warning stack" role="alert"><p>${title}</p><div class="actions">${press(mine, () => this.#rebase(), { kind: "brand" })}${press(theirs, () => this.#drop())}</div></div>`;
  }

  /** Puts the changes on top of the file as it is now. */
  async #rebase(): Promise<void> {
    const patch = patchOf(this.#parsed, this.draft);
    await this.act("rebase", async () => {
      this.#view = await this.connection.call("config.get", {});
      this.draft = withPatch(this.#parsed, patch);
      this.hasConflict = false;
    }, texts.rebased);
  }
}

define("config-view", ConfigView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<config-view .connection=${connection} .route=${route}></config-view>`;
