import { referencesOf, replaceReferences } from "../../src/domain/canvas/a2ui-references.js";
import type { A2uiComponent, A2uiMessage } from "../../src/domain/canvas/a2ui.js";

/** Components in all, each counted as often as it is shown. */
const MOST_SHOWN = 20_000;

// The renderer takes every text that happens to be a component's id for that component, so ids are made unlike any text.
const MARK = "component/";
export const markId = (id: string): string => `${MARK}${id}`;
export const plainId = (id: string): string => (id.startsWith(MARK) ? id.slice(MARK.length) : id);

/** By id, which others each names. */
type Names = ReadonlyMap<string, readonly string[]>;
const NONE: Names = new Map();

/** A surface that can't be shown; the message is a whole sentence. */
export class SurfaceError extends Error {
  override readonly name = "SurfaceError";
}

/**
 * Makes of judged messages what the renderer can take: whole trees. Agents send a surface piece by piece, so what is
 * named and not there yet is stood in for; what would never end is refused, before anything of it is shown.
 */
export class SurfaceBook {
  readonly #surfaces = new Map<string, Names>();

  /** Throws {@link SurfaceError}, and then has changed nothing. */
  prepare(message: A2uiMessage): A2uiMessage {
    const { beginRendering, surfaceUpdate, deleteSurface } = message;
    if (beginRendering !== undefined) return { beginRendering: { ...beginRendering, root: markId(beginRendering.root) } };
    if (deleteSurface !== undefined) this.#surfaces.delete(deleteSurface.surfaceId);
    return surfaceUpdate === undefined ? message : { surfaceUpdate: this.#complete(surfaceUpdate) };
  }

  reset(): void {
    this.#surfaces.clear();
  }

  #complete({ surfaceId, components }: NonNullable<A2uiMessage["surfaceUpdate"]>): NonNullable<A2uiMessage["surfaceUpdate"]> {
    const names = new Map([...(this.#surfaces.get(surfaceId) ?? NONE), ...components.map((one) => [one.id, referencesOf(one)] as const)]);
    judgeSize(names);
    this.#surfaces.set(surfaceId, names);
    const missing = new Set(components.flatMap(referencesOf).filter((id) => !names.has(id)));
    return { surfaceId, components: [...components.map(marked), ...[...missing].map(standIn)] };
  }
}

const marked = (component: A2uiComponent): A2uiComponent => ({ ...replaceReferences(component, markId), id: markId(component.id) });
const standIn = (id: string): A2uiComponent => ({ id: markId(id), component: { Column: { children: { explicitList: [] } } } });

/** Each component once, though many name it: a few dozen that name each other twice would be more than any screen holds. */
function judgeSize(names: Names): void {
  const sizes = new Map<string, number>();
  const open = new Set<string>();
  const sizeOf = (id: string): number => {
    const known = sizes.get(id);
    if (known !== undefined) return known;
    if (open.has(id)) throw new SurfaceError("A component contains itself.");
    open.add(id);
    const size = (names.get(id) ?? []).reduce((sum, inner) => sum + sizeOf(inner), 1);
    open.delete(id);
    if (size > MOST_SHOWN) throw new SurfaceError(`This surface would show more than ${MOST_SHOWN} components.`);
    sizes.set(id, size);
    return size;
  };
  for (const id of names.keys()) sizeOf(id);
}
