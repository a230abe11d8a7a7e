import type { A2uiComponent } from "./a2ui.js";
import { COMPONENTS } from "./a2ui-catalog.js";
import { isRecord, unfold, type Shape } from "./a2ui-shape.js";

/** The component with each id that it names replaced. It must have been judged. */
export function replaceReferences({ component, ...rest }: A2uiComponent, replace: (id: string) => string): A2uiComponent {
  const named = Object.entries(component).map(([type, properties]) => [type, replaced(COMPONENTS[type] ?? ANYTHING, properties, replace)]);
  return { ...rest, component: Object.fromEntries(named) as A2uiComponent["component"] };
}

/** The ids of other components that a component names, in its order. */
export function referencesOf(component: A2uiComponent): readonly string[] {
  const found: string[] = [];
  replaceReferences(component, (id) => {
    found.push(id);
    return id;
  });
  return found;
}

const ANYTHING: Shape = { kind: "anything" };

function replaced(shape: Shape, value: unknown, replace: (id: string) => string): unknown {
  switch (shape.kind) {
    case "ref":
      return replace(value as string);
    case "list":
      return (value as readonly unknown[]).map((one) => replaced(shape.of, one, replace));
    case "record":
    case "choice": {
      if (!isRecord(value)) return value;
      const shapes = shape.kind === "choice" ? shape.of : { ...shape.required, ...shape.optional };
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaced(shapes[name] ?? ANYTHING, inner, replace)]));
    }
    case "nested":
      return replaced(unfold(shape), value, replace);
    default:
      return value;
  }
}
