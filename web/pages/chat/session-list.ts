import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import addIcon from "icon:edit-square-outline-rounded";
import searchIcon from "icon:search-rounded";
import type { SessionRow } from "../../../src/domain/protocol/methods/sessions.js";
import { define, PageElement } from "../shared/element.js";
import { icon } from "../shared/icon.js";
import { plainText } from "../shared/markdown.js";
import { shortMoment } from "../shared/moments.js";
import { chat } from "../shared/texts/index.js";
import type { SeenBook } from "./seen-book.js";
import { titleOf, type SessionBook } from "./session-book.js";

const { sessions } = chat;

/** The conversations, to be searched and chosen from. Tells of a choice by `choose` (a key) and `begin`. */
export class SessionList extends PageElement {
  static override properties = { book: { attribute: false }, seen: { attribute: false }, chosen: {} };
  declare book: SessionBook;
  declare seen: SeenBook;
  declare chosen: string;

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(this.book.state, this.seen.version);
  }

  protected override render(): TemplateResult {
    const { search } = this.book.state.value;
    return html`<div class="list-head">
        <h2>${sessions.title}</h2>
        <button class="icon-button" type="button" aria-label=${sessions.start} title=${sessions.start} @click=${() => this.dispatchEvent(new Event("begin"))}>${icon(addIcon)}</button>
      </div>
      <div class="search" role="search">${icon(searchIcon)}<input type="search" aria-label=${sessions.search} placeholder=${sessions.search} .value=${search}
        @input=${({ target }: Event) => this.book.search((target as HTMLInputElement).value)} /></div>
      ${this.#rows()}`;
  }

  #rows(): TemplateResult {
    const { rows, isLoaded, search, hasMore, problem } = this.book.state.value;
    if (problem !== undefined) return html`<p class="notice danger" role="alert">${sessions.broken} ${problem}</p>`;
    if (isLoaded && rows.length === 0) return html`<p class="quiet small none" role="status">${search === "" ? sessions.none : sessions.noneFound}</p>`;
    return html`<ul class="rows">${repeat(rows, ({ key }) => key, (row) => this.#row(row))}</ul>
      ${hasMore ? html`<button type="button" class="wa-plain wa-size-s" @click=${() => this.book.loadMore()}>${sessions.more}</button>` : nothing}`;
  }

  #row(row: SessionRow): TemplateResult {
    const { key, updatedAt, lastMessagePreview = "", hasActiveRun } = row;
    const isChosen = key === this.chosen;
    const isUnread = !isChosen && this.seen.isUnread(key, updatedAt ?? 0);
    return html`<li><a href=${`./chat?session=${encodeURIComponent(key)}`} class=${isUnread ? "unread" : ""} aria-current=${isChosen ? "page" : nothing} @click=${(event: MouseEvent) => this.#choose(event, key)}>
      <span class="title"><bdi>${titleOf(row)}</bdi></span>
      <span class="when">${updatedAt === null ? nothing : shortMoment(updatedAt, Date.now())}</span>
      <span class="preview"><bdi>${plainText(lastMessagePreview)}</bdi></span>
      ${hasActiveRun === true ? html`<span class="dot running" role="img" aria-label=${sessions.running}></span>` : isUnread ? html`<span class="dot" role="img" aria-label=${sessions.unread}></span>` : nothing}
    </a></li>`;
  }

  /** A plain click stays on this page; what else browsers do with links they go on doing. */
  #choose(event: MouseEvent, key: string): void {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.dispatchEvent(new CustomEvent("choose", { detail: key }));
  }
}

define("session-list", SessionList);
