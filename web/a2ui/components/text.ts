import { renderMarkdown } from "@a2ui/markdown-it";
import { css, html, nothing } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import { until } from "lit/directives/until.js";
import { Leaf } from "./leaf.js";

const HINTS = ["h1", "h2", "h3", "h4", "h5"];

export class Text extends Leaf {
  static override styles = [...Leaf.styles, css`
    :host { overflow-wrap: anywhere; }
    h1, h2, h3, h4, h5, p, ul, ol, pre { margin: 0 0 .5rem; line-height: 1.3; }
    p, li { line-height: 1.5; }
    section > :last-child { margin-bottom: 0; }
    h1 { font-size: 1.75rem; } h2 { font-size: 1.4rem; } h3 { font-size: 1.2rem; } h4, h5 { font-size: 1rem; }
    a { color: var(--tone); }
    pre, code { border-radius: .4rem; background: color-mix(in srgb, var(--ink) 8%, transparent); font-size: .9em; }
    pre { padding: .6rem .75rem; overflow-x: auto; } code { padding: .1em .3em; } pre code { padding: 0; background: none; }
    .caption { color: var(--soft); font-size: .85rem; }
  `];

  /** The same text again is not rendered again. */
  #rendered: { readonly markdown: string; readonly content: Promise<unknown> } | undefined;

  override render() {
    const text = this.textNow(this.given("text"));
    if (text === "") return nothing;
    const hint = this.given<string>("usageHint") ?? "body";
    const markdown = HINTS.includes(hint) ? `${"#".repeat(HINTS.indexOf(hint) + 1)} ${text}` : text;
    // What the renderer of Markdown gives was sanitised by it.
    if (this.#rendered?.markdown !== markdown) this.#rendered = { markdown, content: renderMarkdown(markdown).then(unsafeHTML) };
    return html`<section class=${hint}>${until(this.#rendered.content, text)}</section>`;
  }
}

customElements.define("a2ui-text", Text);
