import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import downIcon from "icon:arrow-downward-rounded";
import chatIcon from "icon:forum-outline-rounded";
import type { Connection } from "../shared/connection.js";
import { define, PageElement } from "../shared/element.js";
import { icon } from "../shared/icon.js";
import { dayOf, isOtherDay } from "../shared/moments.js";
import { chat } from "../shared/texts/index.js";
import type { Entry } from "./entries.js";
import { renderEntry } from "./message-view.js";
import { renderOutgoing } from "./outgoing-view.js";
import type { Talk } from "./talk.js";

const { talk: texts } = chat;
/** Nearer to the end than this, one is at the end. */
const NEAR_PX = 80;

/** The messages of one conversation. It stays at the end for as long as its reader does. */
export class TalkView extends PageElement {
  static override properties = { talk: { attribute: false }, connection: { attribute: false }, isAway: { state: true } };
  declare talk: Talk;
  declare connection: Connection;
  /** The reader has scrolled up. */
  declare isAway: boolean;
  #unfollow = (): void => undefined;
  /** How far from the end the reader was before something was put in above. */
  #fromEnd: number | undefined;

  constructor() {
    super();
    this.isAway = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(this.connection.state);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unfollow();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("talk")) return;
    this.#unfollow();
    this.#unfollow = this.talk.state.onChange(() => this.requestUpdate());
    this.isAway = false;
  }

  protected override updated(): void {
    const list = this.#list;
    if (list === null) return;
    if (this.#fromEnd !== undefined && !this.talk.state.value.isLoadingEarlier) {
      list.scrollTop = list.scrollHeight - this.#fromEnd;
      this.#fromEnd = undefined;
    } else if (!this.isAway) list.scrollTop = list.scrollHeight;
  }

  protected override render(): TemplateResult {
    const { isLoaded, problem, entries, outgoing } = this.talk.state.value;
    if (problem !== undefined && entries.length === 0) return html`<div class="messages"><p class="notice danger" role="alert">${texts.broken} ${problem}</p></div>`;
    if (!isLoaded && outgoing.length === 0) return html`<div class="messages"><p class="waiting-line"><span class="spinner"></span>${texts.loading}</p></div>`;
    return html`<div class="messages" tabindex="0" role="region" aria-label=${texts.label} @scroll=${this.#scrolled}>
        <div class="column">
          ${this.#earlier()} ${entries.length === 0 && outgoing.length === 0 ? this.#nothing() : nothing}
          ${repeat(entries, ({ key }) => key, (entry, nth) => html`${this.#day(entry, entries[nth - 1])}${renderEntry(entry)}`)}
          ${this.#tail()}
          ${repeat(outgoing, ({ id }) => id, (one) => renderOutgoing(one, { talk: this.talk, isOnline: this.connection.state.value.kind === "open" }))}
        </div>
      </div>
      ${this.isAway ? html`<button type="button" class="icon-button latest" aria-label=${texts.latest} title=${texts.latest} @click=${this.#jump}>${icon(downIcon)}</button>` : nothing}`;
  }

  get #list(): HTMLElement | null {
    return this.querySelector(".messages");
  }

  #nothing(): TemplateResult {
    return html`<div class="empty">${icon(chatIcon)}<h2>${texts.empty.title}</h2><p>${texts.empty.text}</p></div>`;
  }

  #earlier(): TemplateResult | typeof nothing {
    const { hasEarlier, isLoadingEarlier } = this.talk.state.value;
    if (!hasEarlier) return nothing;
    return html`<button type="button" class="wa-plain wa-size-s earlier" ?disabled=${isLoadingEarlier} @click=${this.#loadEarlier}>${isLoadingEarlier ? texts.loadingEarlier : texts.earlier}</button>`;
  }

  /** What is going on, below what was said. */
  #tail(): TemplateResult | typeof nothing {
    const { runId, hasText, failure } = this.talk.state.value;
    if (runId !== undefined) return html`<p class="waiting-line under-way"><span class="spinner"></span>${hasText ? texts.answering : texts.thinking}</p>`;
    if (failure === undefined) return nothing;
    return html`<div class="notice danger failure" role="alert"><span>${failure}</span><button type="button" class="wa-size-s wa-outlined" @click=${() => this.talk.askAgain()}>${texts.askAgain}</button></div>`;
  }

  #day(entry: Entry, before: Entry | undefined): TemplateResult | typeof nothing {
    if (entry.at === undefined || (before?.at !== undefined && !isOtherDay(entry.at, before.at)) || (before !== undefined && before.at === undefined)) return nothing;
    return html`<p class="day"><span>${dayOf(entry.at, Date.now())}</span></p>`;
  }

  #scrolled(): void {
    const list = this.#list;
    if (list === null) return;
    this.isAway = list.scrollHeight - list.scrollTop - list.clientHeight > NEAR_PX;
  }

  #jump(): void {
    this.isAway = false;
    const list = this.#list;
    list?.scrollTo({ top: list.scrollHeight });
    list?.focus({ preventScroll: true });
  }

  #loadEarlier(): void {
    const list = this.#list;
    if (list !== null) this.#fromEnd = list.scrollHeight - list.scrollTop;
    this.isAway = true;
    void this.talk.loadEarlier();
  }
}

define("talk-view", TalkView);
