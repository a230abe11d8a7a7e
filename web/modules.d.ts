/** What the build puts in: see scripts/build-canvas.mjs. */
declare module "a2ui:root" {
  export { Root } from "@a2ui/lit/ui";
}

declare module "a2ui:icons" {
  /** By the name that A2UI knows it under, what is drawn in 24 by 24. */
  export const icons: ReadonlyMap<string, string>;
}
