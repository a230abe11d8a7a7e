import { html, type TemplateResult } from "lit";
import listIcon from "icon:menu-rounded";
import type { SessionRow } from "../../../src/domain/protocol/methods/sessions.js";
import { define } from "../shared/element.js";
import { icon } from "../shared/icon.js";
import { plainText } from "../shared/markdown.js";
import { ConnectedPage } from "../shared/page-base.js";
import { renderShell } from "../shared/shell.js";
import { chat } from "../shared/texts/index.js";
import "./chat.css";
import { textOf } from "./entries.js";
import { MessageComposer } from "./message-composer.js";
import { Outbox } from "./outbox.js";
import { SeenBook } from "./seen-book.js";
import "./session-actions.js";
import { nameOfKey, SessionBook, titleOf } from "./session-book.js";
import "./session-list.js";
import { newId, Talk } from "./talk.js";
import "./talk-view.js";

const MAX_SAID = 400;

/** WebChat: the conversations, and the one that the address names. */
export class ChatPage extends ConnectedPage {
  static override properties = { showsList: { state: true }, isDropping: { state: true }, said: { state: true } };
  /** On small screens the list takes the conversation's place. */
  declare showsList: boolean;
  declare isDropping: boolean;
  /** What came last, for those who listen. */
  declare said: string;
  readonly #seen = new SeenBook(this.connection.origin);
  readonly #book = new SessionBook(this.connection, this.#seen);
  readonly #outbox = new Outbox(this.connection.origin);
  readonly #talks = new Map<string, Talk>();
  #stop: readonly (() => void)[] = [];

  constructor() {
    super("webchat");
    this.showsList = false;
    this.isDropping = false;
    this.said = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(this.#book.state);
    const { connection } = this;
    this.#stop = [
      connection.onRefresh(() => this.#refresh()),
      connection.on("chat", (event) => {
        this.#book.onChat(event);
        this.#talks.get(event.sessionKey)?.onChat(event);
        if (event.state === "final" && event.sessionKey === this.#key && event.message) this.said = chat.talk.answered(plainText(textOf(event.message)).slice(0, MAX_SAID));
      }),
      connection.on("agent", (event) => {
        if (event.sessionKey !== undefined) this.#talks.get(event.sessionKey)?.onAgent(event);
      }),
    ];
    addEventListener("popstate", this.#moved);
    document.addEventListener("visibilitychange", this.#moved);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stop) stop();
    removeEventListener("popstate", this.#moved);
    document.removeEventListener("visibilitychange", this.#moved);
  }

  protected override render(): TemplateResult {
    const label = this.showsList ? chat.sessions.hide : chat.sessions.show;
    const lead = html`<button type="button" class="icon-button narrow-only" aria-label=${label} aria-expanded=${this.showsList ? "true" : "false"} @click=${() => (this.showsList = !this.showsList)}>${icon(listIcon)}</button>`;
    return renderShell({ page: "chat", connection: this.connection, wasOpen: this.wasOpen, lead, content: () => this.#content() });
  }

  protected override updated(): void {
    const row = this.#row;
    if (row && document.visibilityState === "visible" && this.wasOpen) this.#seen.look(row.key, row.updatedAt ?? 0);
    const unread = this.#book.state.value.rows.filter(({ key, updatedAt }) => this.#seen.isUnread(key, updatedAt ?? 0)).length;
    document.title = chat.pageTitle(this.wasOpen ? this.#title : chat.title, unread);
  }

  readonly #moved = (): void => this.requestUpdate();

  get #key(): string {
    return this.#book.canonical(new URLSearchParams(location.search).get("session") ?? "main");
  }

  get #row(): SessionRow | undefined {
    return this.#book.rowOf(this.#key);
  }

  get #title(): string {
    const row = this.#row;
    if (row) return titleOf(row);
    const name = nameOfKey(this.#key);
    return name.startsWith("web-") ? chat.sessions.untitled : name;
  }

  get #talk(): Talk {
    const key = this.#key;
    const known = this.#talks.get(key);
    if (known) return known;
    const talk = new Talk(key, { connection: this.connection, outbox: this.#outbox });
    this.#talks.set(key, talk);
    talk.state.onChange(() => {
      if (talk === this.#talks.get(this.#key)) this.requestUpdate();
    });
    void talk.refresh();
    return talk;
  }

  #content(): TemplateResult {
    const talk = this.#talk;
    const { scopes, hello } = this.connection;
    const isAdmin = scopes.includes("operator.admin");
    const row = this.#row;
    const isThere = row !== undefined || talk.state.value.entries.length > 0;
    return html`<div class="chat" data-pane=${this.showsList ? "list" : "talk"}>
      <session-list class="sessions" .book=${this.#book} .seen=${this.#seen} chosen=${this.#key} @choose=${({ detail }: CustomEvent<string>) => this.#choose(detail)} @begin=${this.#begin}></session-list>
      <section class="talk" aria-label=${chat.title} @dragenter=${this.#dragged} @dragover=${this.#dragged} @dragleave=${this.#left} @drop=${this.#dropped}>
        <header class="talk-head"><h1><bdi>${this.#title}</bdi></h1>
          <session-actions .book=${this.#book} .key=${this.#key} .name=${row?.label ?? this.#title} ?mayRename=${isThere && (isAdmin || scopes.includes("operator.write"))} ?mayRemove=${isThere && isAdmin} @removed=${() => this.#choose("main")}></session-actions>
        </header>
        <talk-view .talk=${talk} .connection=${this.connection}></talk-view>
        <message-composer .talk=${talk} .maxPayload=${hello?.policy.maxPayload ?? Number.POSITIVE_INFINITY} ?isRunning=${talk.state.value.runId !== undefined} ?mayNote=${isAdmin}></message-composer>
        ${this.isDropping ? html`<div class="drop" aria-hidden="true">${chat.composer.drop}</div>` : ""}
        <p class="visually-hidden" role="status">${this.said}</p>
      </section>
    </div>`;
  }

  #choose(key: string): void {
    this.showsList = false;
    history.pushState(undefined, "", `${location.pathname}?session=${encodeURIComponent(key)}`);
    this.requestUpdate();
  }

  #begin(): void {
    // A search would hide what is begun.
    this.#book.search("");
    this.#choose(this.#book.canonical(`web-${newId().slice(0, 12)}`));
  }

  #refresh(): void {
    void this.#book.refresh();
    for (const talk of this.#talks.values()) void talk.refresh();
    for (const { id, sessionKey, state } of this.#outbox.all.value) {
      if (state.kind === "failed" && state.isLost) void this.#talkOf(sessionKey).sendAgain(id);
    }
  }

  #talkOf(key: string): Talk {
    return this.#talks.get(key) ?? new Talk(key, { connection: this.connection, outbox: this.#outbox });
  }

  #dragged(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.isDropping = true;
  }

  #left({ currentTarget, relatedTarget }: DragEvent): void {
    if (!(relatedTarget instanceof Node) || !(currentTarget as Node).contains(relatedTarget)) this.isDropping = false;
  }

  #dropped(event: DragEvent): void {
    this.isDropping = false;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    const composer = this.querySelector("message-composer");
    if (composer instanceof MessageComposer) void composer.take(files);
  }
}

define("chat-page", ChatPage);
