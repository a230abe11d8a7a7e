import { html, nothing, type TemplateResult } from "lit";
import { renderMarkdown } from "../shared/markdown.js";
import { chat } from "../shared/texts/index.js";
import { renderPictures } from "./message-view.js";
import type { Outgoing } from "./outbox.js";
import type { Talk } from "./talk.js";

const { outgoing: texts } = chat;

/** A message that the transcript does not have yet, and what can be done about it. */
export function renderOutgoing({ id, text, attachments, state }: Outgoing, { talk, isOnline }: { readonly talk: Talk; readonly isOnline: boolean }): TemplateResult {
  const pictures = attachments.filter(({ mimeType }) => mimeType.startsWith("image/")).map(({ name, mimeType, base64 }) => ({ name, mimeType, base64 }));
  const files = attachments.filter(({ mimeType }) => !mimeType.startsWith("image/"));
  return html`<article class="message you outgoing" data-state=${state.kind} aria-label=${chat.you}>
    ${renderPictures(pictures)}
    ${files.length === 0 ? nothing : html`<div class="pictures">${files.map(({ name }) => html`<span class="chip"><bdi>${name}</bdi></span>`)}</div>`}
    ${text === "" ? nothing : html`<div class="bubble">${renderMarkdown(text)}</div>`}
    <footer>${footer({ id, state, talk, isOnline })}</footer>
  </article>`;
}

function footer({ id, state, talk, isOnline }: Pick<Outgoing, "id" | "state"> & { readonly talk: Talk; readonly isOnline: boolean }): TemplateResult {
  if (state.kind === "sent") return html`<span>${texts.waiting}</span>`;
  if (state.kind === "sending" || (state.isLost && !isOnline)) return html`<span>${isOnline ? texts.sending : texts.offline}</span>`;
  return html`<span class="problem" role="alert">${state.isLost ? texts.lost : texts.failed(state.reason)}</span>
    <button type="button" class="wa-size-s wa-outlined" @click=${() => void talk.sendAgain(id)}>${texts.retry}</button>
    <button type="button" class="wa-size-s wa-plain" @click=${() => talk.discard(id)}>${texts.discard}</button>`;
}
