import { html, type SVGTemplateResult, type TemplateResult } from "lit";

/**
 * A drawing of Material Symbols in the size and colour of the text around it. It says nothing: whatever it stands in has
 * a label of its own. `import menu from "icon:menu-rounded"` gives a drawing, and puts it into the page's bundle.
 */
export const icon = (drawing: SVGTemplateResult): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${drawing}</svg>`;
