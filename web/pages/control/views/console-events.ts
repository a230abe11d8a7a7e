import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import emptyIcon from "icon:terminal-rounded";
import type { GatewayEvent } from "../../../../src/client/browser/index.js";
import type { Connection } from "../../shared/connection.js";
import { define, PageElement } from "../../shared/element.js";
import { consoleTexts } from "../../shared/texts/control/console.js";
import { empty, jsonBlock, press } from "../parts/pieces.js";

const MOST = 300;
const texts = consoleTexts.watch;

interface Heard {
  readonly nth: number;
  readonly time: string;
  readonly event: GatewayEvent;
  readonly text: string;
}

/** What the gateway says unasked, the newest first. */
export class ConsoleEvents extends PageElement {
  static override properties = { connection: { attribute: false }, filter: { state: true }, isPaused: { state: true } };
  declare connection: Connection;
  declare filter: string;
  declare isPaused: boolean;
  #heard: readonly Heard[] = [];
  #held: readonly Heard[] = [];
  #count = 0;

  constructor() {
    super();
    this.filter = "";
    this.isPaused = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.whileShown(this.connection.onEvent((event) => this.#hear(event)));
  }

  #hear(event: GatewayEvent): void {
    const one: Heard = { nth: (this.#count += 1), time: new Date().toLocaleTimeString("en-GB"), event, text: JSON.stringify(event.payload) ?? "" };
    if (this.isPaused) this.#held = [one, ...this.#held].slice(0, MOST);
    else this.#heard = [one, ...this.#heard].slice(0, MOST);
    this.requestUpdate();
  }

  #toggle(): void {
    this.isPaused = !this.isPaused;
    if (this.isPaused) return;
    this.#heard = [...this.#held, ...this.#heard].slice(0, MOST);
    this.#held = [];
  }

  #clear(): void {
    this.#heard = [];
    this.#held = [];
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const wanted = this.filter.trim().toLowerCase();
    const shown = wanted === "" ? this.#heard : this.#heard.filter(({ event, text }) => event.event.toLowerCase().includes(wanted) || text.toLowerCase().includes(wanted));
    return html`<div class="stack"><div class="toolbar">
        <div class="grow"><label for="event-filter">${texts.filter}</label><input id="event-filter" type="search" autocomplete="off" .value=${this.filter} @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)} /></div>
        ${press(this.isPaused ? texts.resume : texts.pause, () => this.#toggle(), { kind: "brand" })}${press(texts.clear, () => this.#clear())}</div>
      <p class="small quiet">${this.isPaused ? texts.paused(this.#held.length) : texts.watching} ${texts.shown(shown.length, this.#heard.length)}</p>
      ${this.#heard.length === 0 ? empty(emptyIcon, texts.empty) : html`<ul class="card rows events" aria-label=${texts.list}>${repeat(shown, ({ nth }) => nth, ({ time, event, text }) => html`<li>
        <details><summary><span class="quiet small">${time}</span> <span class="name">${event.event}</span> <span class="preview quiet small">${text}</span></summary>
          ${event.seq === undefined ? nothing : html`<p class="small quiet">${texts.seq(event.seq)}</p>`}${jsonBlock(event.payload ?? null, event.event)}</details></li>`)}</ul>`}</div>`;
  }
}

define("console-events", ConsoleEvents);
