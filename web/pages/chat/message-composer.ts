import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import attachIcon from "icon:attach-file-rounded";
import closeIcon from "icon:close-rounded";
import fileIcon from "icon:draft-outline-rounded";
import noteIcon from "icon:sticky-note-2-outline-rounded";
import sendIcon from "icon:arrow-upward-rounded";
import stopIcon from "icon:stop-rounded";
import { reasonOf } from "../../../src/domain/reason.js";
import { define, PageElement } from "../shared/element.js";
import { icon } from "../shared/icon.js";
import { chat } from "../shared/texts/index.js";
import { isDrawn, readFiles, type Attachment } from "./attachment.js";
import type { Talk } from "./talk.js";

const { composer } = chat;
/** Base64 and JSON make more of it. */
const FRAME_SHARE = 0.7;
const MAX_ROWS_PX = 260;
/** A finger has no Shift: there, Enter begins a new line. */
const hasKeyboard = matchMedia("(pointer: fine)");

/** Where messages are written, and files put beside them. */
export class MessageComposer extends PageElement {
  static override properties = {
    talk: { attribute: false }, maxPayload: { type: Number }, mayNote: { type: Boolean },
    attachments: { state: true }, problems: { state: true }, isRunning: { type: Boolean }, hasText: { state: true },
  };
  declare talk: Talk;
  /** Of one frame, in bytes. */
  declare maxPayload: number;
  declare mayNote: boolean;
  declare isRunning: boolean;
  declare attachments: readonly Attachment[];
  declare problems: readonly string[];
  declare hasText: boolean;

  constructor() {
    super();
    this.attachments = [];
    this.problems = [];
    this.hasText = false;
  }

  /** Takes files that were dropped elsewhere on the page. */
  async take(files: Iterable<File>): Promise<void> {
    const read = await readFiles(files);
    const attachments = [...this.attachments, ...read.flatMap((one) => (one.kind === "read" ? [one.attachment] : []))];
    const problems = read.flatMap((one) => (one.kind === "read" ? [] : [one.why === "too-large" ? composer.tooLarge(one.name) : composer.unreadable(one.name)]));
    if (attachments.reduce((sum, { base64 }) => sum + base64.length, 0) > this.maxPayload * FRAME_SHARE) {
      this.problems = [...problems, composer.tooMany];
      return;
    }
    this.attachments = attachments;
    this.problems = problems;
    this.#area?.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("talk");
    if (!changed.has("talk")) return;
    if (before) keepDraft(before.key, this.#area?.value ?? "");
    this.attachments = [];
    this.problems = [];
  }

  protected override updated(changed: PropertyValues<this>): void {
    const area = this.#area;
    if (!changed.has("talk") || area === null) return;
    area.value = draftOf(this.talk.key);
    this.#written();
    if (hasKeyboard.matches) area.focus();
  }

  protected override render(): TemplateResult {
    return html`<form class="composer" @submit=${this.#submit}>
      ${this.problems.map((problem) => html`<p class="notice danger small" role="alert">${problem}</p>`)}
      ${this.attachments.length === 0 ? nothing : html`<ul class="attachments" aria-label=${composer.attached}>${this.attachments.map((one) => this.#attachment(one))}</ul>`}
      <textarea rows="1" aria-label=${composer.label} placeholder=${composer.placeholder} aria-describedby="composer-hint" enterkeyhint="send" @input=${this.#written} @keydown=${this.#pressed} @paste=${this.#pasted}></textarea>
      <div class="tools">
        <label class="icon-button" title=${composer.attach}>${icon(attachIcon)}<input class="visually-hidden" type="file" multiple aria-label=${composer.attach} @change=${this.#picked} /></label>
        ${this.mayNote ? html`<button type="button" class="icon-button" aria-label=${composer.asNote} title=${composer.asNote} ?disabled=${!this.hasText} @click=${() => void this.#note()}>${icon(noteIcon)}</button>` : nothing}
        <span id="composer-hint" class="small quiet hint">${composer.hint}</span>
        ${this.isRunning ? html`<button type="button" class="round stop" aria-label=${composer.stop} title=${composer.stop} @click=${() => void this.talk.stop().catch(() => undefined)}>${icon(stopIcon)}</button>` : nothing}
        <button type="submit" class="round wa-brand" aria-label=${composer.send} title=${composer.send} ?disabled=${!this.#canSend}>${icon(sendIcon)}</button>
      </div>
    </form>`;
  }

  get #area(): HTMLTextAreaElement | null {
    return this.querySelector("textarea");
  }

  get #canSend(): boolean {
    return this.hasText || this.attachments.length > 0;
  }

  #attachment(one: Attachment): TemplateResult {
    const drop = (): void => {
      this.attachments = this.attachments.filter((other) => other !== one);
      this.#area?.focus();
    };
    return html`<li class="chip">
      ${isDrawn(one.mimeType) ? html`<img src=${`data:${one.mimeType};base64,${one.base64}`} alt="" />` : icon(fileIcon)}
      <span class="name"><bdi>${one.name}</bdi></span>
      <button type="button" class="icon-button" aria-label=${composer.remove(one.name)} @click=${drop}>${icon(closeIcon)}</button>
    </li>`;
  }

  #written(): void {
    const area = this.#area;
    if (area === null) return;
    this.hasText = area.value.trim() !== "";
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, MAX_ROWS_PX)}px`;
    keepDraft(this.talk.key, area.value);
  }

  #pressed(event: KeyboardEvent): void {
    // While characters are composed, Enter means the word and not the message.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !hasKeyboard.matches) return;
    event.preventDefault();
    this.#send();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    this.#send();
  }

  #send(): void {
    const area = this.#area;
    if (area === null || !this.#canSend) return;
    this.talk.send(area.value.trim(), this.attachments);
    this.#clear();
    this.dispatchEvent(new Event("sent", { bubbles: true }));
  }

  async #note(): Promise<void> {
    const text = this.#area?.value.trim() ?? "";
    if (text === "") return;
    try {
      await this.talk.note(text);
      this.#clear();
    } catch (error) {
      this.problems = [composer.noteFailed(reasonOf(error))];
    }
  }

  #clear(): void {
    const area = this.#area;
    this.attachments = [];
    this.problems = [];
    if (area === null) return;
    area.value = "";
    this.#written();
    area.focus();
  }

  #picked({ target }: Event): void {
    const input = target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    // The same file again is another choice.
    input.value = "";
    void this.take(files);
  }

  #pasted(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void this.take(files);
  }
}

const draftKey = (sessionKey: string): string => `openclaw-draft ${location.pathname} ${sessionKey}`;

function keepDraft(sessionKey: string, text: string): void {
  try {
    if (text === "") sessionStorage.removeItem(draftKey(sessionKey));
    else sessionStorage.setItem(draftKey(sessionKey), text);
  } catch {
    // Then a draft lasts as long as the page.
  }
}

function draftOf(sessionKey: string): string {
  try {
    return sessionStorage.getItem(draftKey(sessionKey)) ?? "";
  } catch {
    return "";
  }
}

define("message-composer", MessageComposer);
