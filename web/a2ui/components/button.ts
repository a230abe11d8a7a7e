import { Root } from "a2ui:root";
import { css, html } from "lit";
import type { Types } from "@a2ui/lit/v0_8";
import { structuralStyles } from "../structural-styles.js";

/** The event of somebody who pressed a button. */
export const ACTION = "canvas-action";

export interface ActionDetail {
  readonly name: string;
  readonly surfaceId: string;
  readonly sourceComponentId: string;
  readonly context: Readonly<Record<string, unknown>>;
}

interface Action {
  readonly name: string;
  readonly context?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

export class Button extends Root {
  static override styles = [structuralStyles, css`
    :host { display: block; flex: var(--weight); }
    button { width: 100%; min-height: 2.75rem; padding: .5rem 1.25rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--sheet); color: var(--ink); font: inherit; font-weight: 600; cursor: pointer; }
    button:hover { border-color: var(--tone); }
    button:active { transform: translateY(1px); }
    .primary { --ink: var(--on-tone); --soft: var(--on-tone); border-color: transparent; background: var(--tone); color: var(--on-tone); }
  `];

  override render() {
    const isPrimary = (this.component as Types.ButtonNode | null)?.properties.primary === true;
    return html`<button type="button" class=${isPrimary ? "primary" : ""} @click=${this.#press}><slot></slot></button>`;
  }

  readonly #press = (): void => {
    const { component } = this;
    const action = (component as Types.ButtonNode | null)?.properties.action as Action | undefined;
    if (component === null || action === undefined) return;
    const context = Object.fromEntries((action.context ?? []).map(({ key, value }) => [key, this.#resolve(value)]));
    const detail: ActionDetail = { name: action.name, surfaceId: this.surfaceId ?? "", sourceComponentId: component.id, context };
    this.dispatchEvent(new CustomEvent(ACTION, { detail, bubbles: true, composed: true }));
  };

  #resolve(value: Readonly<Record<string, unknown>>): unknown {
    const path = value["path"];
    if (typeof path !== "string") return Object.values(value)[0];
    return this.component === null ? null : plain(this.processor?.getData(this.component, path, this.surfaceId ?? undefined));
  }
}

customElements.define("a2ui-button", Button);

/** A surface's data as JSON has it. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [String(key), plain(inner)]));
  if (Array.isArray(value)) return value.map(plain);
  return value ?? null;
}
