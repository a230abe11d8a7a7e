// In place of the renderer's own sheet of utility classes, which every component takes into its shadow.
export const structuralStyles = new CSSStyleSheet();

structuralStyles.replaceSync(`
  * { box-sizing: border-box; }
  /* A surface may have a color of its own, for which the renderer sets --p-50 and its shades. */
  :host { --tone: light-dark(var(--p-40, var(--accent)), var(--p-80, var(--accent))); --on-tone: light-dark(var(--p-100, var(--on-accent)), var(--p-10, var(--on-accent))); font-family: var(--font-family); }
  .gap-box { gap: .75rem; }
  .card-box { padding: 1.25rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--sheet); }
  .divider-line { background: var(--line); width: 100%; margin: .25rem 0; }
  .divider-line.vertical { width: 1px; margin: 0 .25rem; }
  .media-box video, .media-box audio { border-radius: .75rem; }
  .tabs-bar { display: flex; gap: .25rem; margin-bottom: .75rem; border-bottom: 1px solid var(--line); overflow-x: auto; }
  .tab-all { padding: .5rem 1rem; border: 0; border-bottom: 3px solid transparent; background: none; color: var(--soft); font: inherit; cursor: pointer; }
  .chosen-tab { padding: .5rem 1rem; border: 0; border-bottom: 3px solid var(--tone); background: none; color: var(--ink); font: inherit; font-weight: 600; }
  :focus-visible { outline: 3px solid color-mix(in srgb, var(--tone) 60%, transparent); outline-offset: 2px; }
`);
