import { html, nothing, type TemplateResult } from "lit";
import emptyIcon from "icon:chat-outline-rounded";
import searchIcon from "icon:search-rounded";
import type { ResultOf } from "../../../../src/domain/protocol/catalog.js";
import type { SessionRow } from "../../../../src/domain/protocol/methods/sessions.js";
import { define } from "../../shared/element.js";
import { count, when } from "../../shared/format.js";
import { sessions as texts } from "../../shared/texts/control/sessions.js";
import { control } from "../../shared/texts/index.js";
import { asked, confirmed } from "../parts/ask.js";
import { empty, press, tag, viewHead } from "../parts/pieces.js";
import { say } from "../parts/toast.js";
import { ViewElement } from "../parts/view-element.js";
import { linkTo } from "../route.js";
import type { ViewModule } from "./view-module.js";

const PAGE = 50;
const TYPING_MS = 250;

/** The sessions, searched and one agent's alone if wanted: `#/sessions?agent=x`. */
export class SessionsView extends ViewElement {
  static override properties = { ...ViewElement.properties, search: { state: true } };
  declare search: string;
  protected override readonly listens = ["health"];
  #page: ResultOf<"sessions.list"> | undefined;
  #agents: ResultOf<"agents.list">["agents"] = [];
  #limit = PAGE;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.search = "";
  }

  get #agentId(): string {
    return this.route.params.get("agent") ?? "";
  }

  protected override async read(): Promise<void> {
    const [agentId, search] = [this.#agentId, this.search.trim()];
    const [page, { agents }] = await Promise.all([
      this.connection.call("sessions.list", { limit: this.#limit, includeDerivedTitles: true, includeLastMessage: true, ...(search === "" ? {} : { search }), ...(agentId === "" ? {} : { agentId }) }),
      this.connection.call("agents.list", {}),
    ]);
    this.#page = page;
    this.#agents = agents;
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (changed.has("route") && changed.get("route") !== undefined) void this.refresh();
  }

  protected override head(): TemplateResult {
    return viewHead({ title: control.names.sessions, lead: texts.lead });
  }

  #type(event: Event): void {
    this.search = (event.target as HTMLInputElement).value;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), TYPING_MS);
  }

  protected override draw(): TemplateResult {
    const page = this.#page;
    const rows = page?.sessions ?? [];
    const isFiltered = this.search.trim() !== "" || this.#agentId !== "";
    if (rows.length === 0 && !isFiltered) return empty(emptyIcon, texts.empty);
    const all = page?.totalCount ?? page?.count ?? rows.length;
    return html`<div class="toolbar">
        <div class="grow"><label for="session-search">${texts.search}</label><input id="session-search" type="search" autocomplete="off" .value=${this.search} @input=${this.#type} /></div>
        ${this.#agents.length < 2 && this.#agentId === "" ? nothing : html`<div><label for="session-agent">${texts.agent}</label><select id="session-agent" @change=${this.#chooseAgent}>
          <option value="" ?selected=${this.#agentId === ""}>${texts.allAgents}</option>
          ${this.#agents.map(({ id, name }) => html`<option value=${id} ?selected=${id === this.#agentId}>${name ?? id}</option>`)}</select></div>`}
      </div>
      <p class="small quiet" role="status">${texts.found(rows.length, all)}</p>
      ${rows.length === 0 ? empty(searchIcon, texts.none) : html`<ul class="card rows">${rows.map((row) => this.#row(row))}</ul>`}
      ${page?.hasMore === true ? html`<div>${press(texts.more, () => this.#more())}</div>` : nothing}`;
  }

  #chooseAgent(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    location.hash = linkTo("sessions", "", value === "" ? {} : { agent: value });
  }

  #more(): void {
    this.#limit += PAGE;
    void this.refresh();
  }

  #row(row: SessionRow): TemplateResult {
    const { key, kind, updatedAt, channel, lastChannel, totalTokens, hasActiveRun, abortedLastRun, lastMessagePreview, model } = row;
    const name = nameOf(row);
    return html`<li><div class="grow">
        <div><span class="name">${name}</span> ${hasActiveRun === true ? tag(texts.running, "good") : abortedLastRun === true ? tag(texts.stopped, "warn") : nothing} ${kind === "direct" ? nothing : tag(texts.kinds[kind] ?? kind)}</div>
        ${lastMessagePreview === undefined ? nothing : html`<div class="preview quiet">${lastMessagePreview}</div>`}
        <div class="meta">${name === key ? nothing : html`<code>${key}</code>`}${updatedAt === null ? nothing : html`<span>${when(updatedAt)}</span>`}
          ${(channel ?? lastChannel) === undefined ? nothing : html`<span>${texts.via(channel ?? lastChannel ?? "")}</span>`}
          ${model === undefined ? nothing : html`<span>${model}</span>`}
          ${totalTokens === undefined ? nothing : html`<span>${texts.tokens(count(totalTokens))}</span>`}</div></div>
      <div class="actions">
        <a class="wa-button wa-size-s wa-outlined" href="./chat?session=${encodeURIComponent(key)}" aria-label=${texts.openOf(name)}>${texts.open}</a>
        ${press(texts.label, () => this.#label(row), { kind: "plain", label: texts.labelOf(name) })}
        ${press(texts.reset, () => this.#reset(row), { kind: "plain", label: texts.resetOf(name) })}
        ${press(texts.remove, () => this.#remove(row), { kind: "plain-danger", label: texts.removeOf(name) })}
      </div></li>`;
  }

  async #label(row: SessionRow): Promise<void> {
    const answer = await asked({ title: texts.labelOf(nameOf(row)), action: control.save }, [{ name: "label", label: texts.label, hint: texts.labelHint, value: row.label ?? "", maxLength: 64 }]);
    if (answer === undefined) return;
    const label = answer["label"]?.trim() ?? "";
    await this.act(`label ${row.key}`, () => this.connection.call("sessions.patch", { key: row.key, label: label === "" ? null : label }), texts.labelled);
  }

  async #reset(row: SessionRow): Promise<void> {
    const { title, text, action } = texts.confirmReset;
    const { key, sessionId } = row;
    if (!(await confirmed({ title: title(nameOf(row)), text, action, danger: true }))) return;
    await this.act(`reset ${key}`, () => this.connection.call("sessions.reset", { key, ...(sessionId === undefined ? {} : { expectedSessionId: sessionId }) }), texts.wasReset);
  }

  async #remove(row: SessionRow): Promise<void> {
    const { title, text, action } = texts.confirmRemove;
    const { key } = row;
    if (!(await confirmed({ title: title(nameOf(row)), text, action, danger: true }))) return;
    await this.act(`delete ${key}`, async () => {
      const { deleted } = await this.connection.call("sessions.delete", { key });
      say(deleted ? texts.removed : texts.kept);
    });
  }
}

const nameOf = ({ label, displayName, derivedTitle, key }: SessionRow): string => label ?? displayName ?? derivedTitle ?? key;

define("sessions-view", SessionsView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<sessions-view .connection=${connection} .route=${route}></sessions-view>`;
