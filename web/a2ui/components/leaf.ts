import { Root } from "a2ui:root";
import { css, type CSSResultGroup } from "lit";
import { structuralStyles } from "../structural-styles.js";

/** A value in a message: given there, or a place in the surface's data. */
export type Bound = Readonly<Record<string, unknown>> | undefined;

/**
 * A component without others inside. Those of the package that people operate are replaced by such: made of what
 * browsers have for it, so that keyboards, screen readers and phones know what they are.
 */
export class Leaf extends Root {
  static override styles: CSSResultGroup[] = [structuralStyles, css`
    :host { display: block; flex: var(--weight); min-width: 0; }
    label, legend { display: block; margin-bottom: .25rem; padding: 0; color: var(--soft); font-size: .9rem; }
    input:not([type="checkbox"], [type="radio"], [type="range"]), textarea { width: 100%; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--sheet); color: var(--ink); font: inherit; }
    input:user-invalid { border-color: var(--wrong); }
    input[type="checkbox"], input[type="radio"], input[type="range"] { accent-color: var(--tone); }
    .beside { display: flex; align-items: center; gap: .6rem; min-height: 2rem; margin: 0; color: var(--ink); font-size: 1rem; cursor: pointer; }
    .beside input { width: 1.15rem; height: 1.15rem; margin: 0; flex: none; }
  `];

  /** One of its properties, as it stands in the message. */
  protected given<T = Bound>(name: string): T | undefined {
    return (this.component?.properties as Readonly<Record<string, T>> | undefined)?.[name];
  }

  /** What a bound property is now; `undefined` while the data has none. Reading it draws this component again when it changes. */
  protected valueNow(bound: Bound): unknown {
    if (bound === undefined) return undefined;
    const path = bound["path"];
    if (typeof path !== "string") return Object.values(bound)[0];
    return this.component === null ? undefined : (this.processor?.getData(this.component, path, this.surfaceId ?? undefined) ?? undefined);
  }

  protected textNow(bound: Bound): string {
    const value = this.valueNow(bound);
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
  }

  /** Writes into the surface's data, where the property is bound to a place in it. */
  protected put(bound: Bound, value: string | number | boolean | string[]): void {
    const path = bound?.["path"];
    if (typeof path === "string") this.processor?.setData(this.component, path, value, this.surfaceId ?? undefined);
  }
}

/** What somebody changed on an input. */
export const inputOf = (event: Event): HTMLInputElement => event.target as HTMLInputElement;
