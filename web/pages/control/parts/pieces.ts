import { html, nothing, type SVGTemplateResult, type TemplateResult } from "lit";
import backIcon from "icon:arrow-back-rounded";
import { icon } from "../../shared/icon.js";
import { control } from "../../shared/texts/index.js";

type Part = TemplateResult | string | typeof nothing;

interface Head {
  readonly title: string;
  readonly lead?: Part;
  readonly actions?: Part;
  /** The address of what this is a part of. */
  readonly back?: string;
}

/** The top of a view. */
export const viewHead = ({ title, lead = nothing, actions = nothing, back }: Head): TemplateResult => html`<header class="view-head">
  ${back === undefined ? nothing : html`<a class="icon-button" href=${back} aria-label=${control.back} title=${control.back}>${icon(backIcon)}</a>`}
  <div class="view-title"><h1>${title}</h1>${lead === nothing ? nothing : html`<p class="quiet">${lead}</p>`}</div>
  <div class="view-actions">${actions}</div>
</header>`;

/** A view, or a part of one, that has nothing to show. */
export const empty = (drawing: SVGTemplateResult, { title, text }: { readonly title: string; readonly text: string }, more: Part = nothing): TemplateResult =>
  html`<div class="empty">${icon(drawing)}<h2>${title}</h2><p>${text}</p>${more}</div>`;

/** Names and what they are. What is nothing is left out. */
export const facts = (rows: readonly (readonly [string, Part | undefined])[]): TemplateResult =>
  html`<dl class="facts">${rows.filter(([, value]) => value !== undefined && value !== nothing && value !== "").map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

export type Mood = "good" | "bad" | "warn" | "idle";

/** A state: a dot, and the word for it. */
export const state = (mood: Mood, text: string): TemplateResult => html`<span class="state" data-mood=${mood}>${text}</span>`;

export const tag = (text: string, mood: Mood = "idle"): TemplateResult => html`<span class="tag" data-mood=${mood}>${text}</span>`;

interface Press {
  readonly kind?: "brand" | "outlined" | "danger" | "plain" | "plain-danger";
  /** What is read out in place of the text, where several buttons say the same. */
  readonly label?: string;
  readonly busy?: boolean;
}

/** A small button. While what it does is under way it stays focusable. */
export const press = (text: string, act: () => unknown, { kind = "outlined", label, busy = false }: Press = {}): TemplateResult =>
  html`<button type="button" class="wa-size-s ${KINDS[kind]}" aria-label=${label ?? nothing} aria-busy=${busy ? "true" : nothing} @click=${act}>${text}</button>`;

const KINDS = { brand: "wa-brand", outlined: "wa-outlined", danger: "wa-danger wa-outlined", plain: "wa-plain", "plain-danger": "wa-plain wa-danger" } as const;

/** JSON as a person reads it. */
export const jsonBlock = (value: unknown, label: string): TemplateResult => html`<pre class="json" tabindex="0" role="region" aria-label=${label}><code>${typeof value === "string" ? value : JSON.stringify(value, undefined, 2)}</code></pre>`;
