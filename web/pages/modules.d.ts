/** A drawing of Material Symbols, by its name there: see scripts/build-web.mjs. */
declare module "icon:*" {
  import type { SVGTemplateResult } from "lit";
  const drawing: SVGTemplateResult;
  export default drawing;
}

declare module "*.css" {}

/** The address of a file among the pages' assets. */
declare module "*?url" {
  const url: string;
  export default url;
}
