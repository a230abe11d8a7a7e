import { html, nothing, type TemplateResult } from "lit";
import buildIcon from "icon:build-outline-rounded";
import noteIcon from "icon:sticky-note-2-outline-rounded";
import { icon } from "../shared/icon.js";
import { renderMarkdown } from "../shared/markdown.js";
import { timeOf } from "../shared/moments.js";
import { chat } from "../shared/texts/index.js";
import { isDrawn } from "./attachment.js";
import type { Entry, Picture } from "./entries.js";

const { talk, tool } = chat;
/** Of a tool's answer, which may be a whole file. */
const MAX_SHOWN = 20_000;

export function renderEntry(entry: Entry): TemplateResult {
  switch (entry.kind) {
    case "said":
      return entry.who === "you" ? renderQuestion(entry) : renderAnswer(entry);
    case "tool":
      return renderTool(entry);
    case "note":
      return renderNote(entry);
  }
}

type Said = Extract<Entry, { kind: "said" }>;

const renderQuestion = ({ text, pictures, at }: Said): TemplateResult =>
  html`<article class="message you" aria-label=${chat.you}>
    ${renderPictures(pictures)}
    ${text === "" ? nothing : html`<div class="bubble">${renderMarkdown(text)}</div>`}
    ${renderTime(at)}
  </article>`;

const renderAnswer = ({ who, text, pictures, at, isStopped }: Said): TemplateResult =>
  html`<article class="message ${who}" aria-label=${who === "system" ? chat.system : chat.assistant}>
    ${renderPictures(pictures)} ${renderMarkdown(text)}
    <footer>${isStopped === true ? html`<span class="badge">${talk.stopped}</span>` : nothing}${renderTime(at)}${at === undefined ? nothing : html`<copy-button .text=${text} label=${talk.copyMessage}></copy-button>`}</footer>
  </article>`;

const renderNote = ({ label, text, at }: Extract<Entry, { kind: "note" }>): TemplateResult =>
  html`<article class="message note" aria-label=${chat.note}>
    <header>${icon(noteIcon)}<bdi>${label ?? chat.note}</bdi>${renderTime(at)}</header>
    ${renderMarkdown(text)}
  </article>`;

function renderTool({ name, args, result, isError }: Extract<Entry, { kind: "tool" }>): TemplateResult {
  const state = result === undefined ? "running" : isError === true ? "failed" : "done";
  return html`<details class="tool" data-state=${state}>
    <summary>${state === "running" ? html`<span class="spinner"></span>` : icon(buildIcon)}<code><bdi>${name}</bdi></code><span class="state">${tool[state]}</span></summary>
    ${args === undefined ? nothing : html`<p class="small quiet">${tool.asked}</p><pre tabindex="0"><code>${pretty(args)}</code></pre>`}
    ${result === undefined ? nothing : html`<p class="small quiet">${tool.answered}</p><pre tabindex="0"><code>${short(result)}</code></pre>`}
  </details>`;
}

export const renderPictures = (pictures: readonly Picture[]): TemplateResult | typeof nothing =>
  pictures.length === 0 ? nothing : html`<div class="pictures">${pictures.map(renderPicture)}</div>`;

const renderPicture = ({ mimeType, base64, name }: Picture): TemplateResult =>
  isDrawn(mimeType)
    ? html`<img src=${`data:${mimeType};base64,${base64}`} alt=${name ?? talk.picture} loading="lazy" />`
    : html`<span class="chip"><bdi>${name ?? talk.picture}</bdi></span>`;

const renderTime = (at: number | undefined): TemplateResult | typeof nothing =>
  at === undefined ? nothing : html`<time datetime=${new Date(at).toISOString()}>${timeOf(at)}</time>`;

const short = (text: string): string => (text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`);

function pretty(value: unknown): string {
  if (typeof value === "string") return short(value);
  return short(JSON.stringify(value, undefined, 2) ?? "");
}
