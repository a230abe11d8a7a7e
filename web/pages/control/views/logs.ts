import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import emptyIcon from "icon:article-outline-rounded";
import searchIcon from "icon:search-rounded";
import { define } from "../../shared/element.js";
import { logs as texts } from "../../shared/texts/control/logs.js";
import { control } from "../../shared/texts/index.js";
import { isAtLeast, parseLine, type LogLine } from "../parts/log-line.js";
import { empty, press, viewHead } from "../parts/pieces.js";
import { ViewElement } from "../parts/view-element.js";
import "./logs.css";
import type { ViewModule } from "./view-module.js";

const POLL_MS = 1_500;
const FIRST_LINES = 300;
/** Older ones are forgotten, so that a page that stays open stays small. */
const MOST_LINES = 2_000;

/** The log as it grows, filtered, until somebody pauses it. */
export class LogsView extends ViewElement {
  static override properties = { ...ViewElement.properties, level: { state: true }, filter: { state: true }, isPaused: { state: true } };
  declare level: string;
  declare filter: string;
  declare isPaused: boolean;
  #lines: readonly LogLine[] = [];
  #held: readonly LogLine[] = [];
  #cursor: number | undefined;
  #count = 0;
  #file = "";
  #note = "";
  /** Whether the newest line is in sight: then the next one is, too. */
  #isAtEnd = true;

  constructor() {
    super();
    this.level = "info";
    this.filter = "";
    this.isPaused = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.classList.add("logs-view");
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void this.refresh();
    }, POLL_MS);
    this.whileShown(() => clearInterval(timer));
  }

  protected override async read(): Promise<void> {
    const page = await this.connection.call("logs.tail", this.#cursor === undefined ? { limit: FIRST_LINES } : { cursor: this.#cursor });
    this.#file = page.file;
    this.#cursor = page.cursor;
    if (page.reset === true) this.#note = texts.anew;
    else if (page.truncated === true && this.#count > 0) this.#note = texts.skipped;
    const fresh = page.lines.filter((line) => line.trim() !== "").map((line) => parseLine(line, (this.#count += 1)));
    if (fresh.length === 0) return;
    if (this.isPaused) this.#held = [...this.#held, ...fresh].slice(-MOST_LINES);
    else this.#lines = [...this.#lines, ...fresh].slice(-MOST_LINES);
  }

  protected override updated(): void {
    const list = this.querySelector(".log-lines");
    if (list !== null && this.#isAtEnd && !this.isPaused) list.scrollTop = list.scrollHeight;
  }

  protected override head(): TemplateResult {
    const actions = html`${press(this.isPaused ? texts.resume : texts.pause, () => this.#toggle(), { kind: "brand" })}${press(texts.clear, () => this.#clear())}`;
    return viewHead({ title: control.names.logs, lead: this.#file === "" ? nothing : texts.lead(this.#file), actions });
  }

  #toggle(): void {
    this.isPaused = !this.isPaused;
    if (this.isPaused) return;
    this.#lines = [...this.#lines, ...this.#held].slice(-MOST_LINES);
    this.#held = [];
  }

  #clear(): void {
    this.#lines = [];
    this.#held = [];
    this.#note = "";
    this.requestUpdate();
  }

  protected override draw(): TemplateResult {
    const wanted = this.filter.trim().toLowerCase();
    const shown = this.#lines.filter((line) => isAtLeast(line, this.level) && (wanted === "" || line.raw.toLowerCase().includes(wanted)));
    return html`<div class="toolbar">
        <div><label for="log-level">${texts.level}</label><select id="log-level" @change=${(event: Event) => (this.level = (event.target as HTMLSelectElement).value)}>
          ${texts.levels.map(([level, name]) => html`<option value=${level} ?selected=${level === this.level}>${name}</option>`)}</select></div>
        <div class="grow"><label for="log-filter">${texts.filter}</label><input id="log-filter" type="search" autocomplete="off" .value=${this.filter} @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)} /></div>
      </div>
      <p class="small quiet">${this.isPaused ? texts.paused(this.#held.length) : texts.following} ${texts.lines(shown.length, this.#lines.length)} ${this.#note}</p>
      ${this.#lines.length === 0 ? empty(emptyIcon, texts.empty) : shown.length === 0 ? empty(searchIcon, texts.none) : this.#list(shown)}`;
  }

  #list(shown: readonly LogLine[]): TemplateResult {
    return html`<div class="log-lines card" tabindex="0" role="log" aria-label=${texts.list} aria-live="off" @scroll=${this.#scrolled}>
      ${repeat(shown, ({ nth }) => nth, ({ level, time, message, fields }) => html`<div class="log-line" data-level=${level}><span class="log-time">${time}</span><span class="log-level">${level}</span>
        <span class="log-text">${message}${fields.map(([name, value]) => html` <span class="log-field"><span>${name}=</span>${value}</span>`)}</span></div>`)}
    </div>`;
  }

  #scrolled({ target }: Event): void {
    const { scrollTop, clientHeight, scrollHeight } = target as HTMLElement;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < 24;
  }
}

define("logs-view", LogsView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<logs-view .connection=${connection} .route=${route}></logs-view>`;
