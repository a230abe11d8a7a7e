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

/** The methods of the generated protocol schema, with their params: see scripts/build-web.mjs. */
declare module "protocol:methods" {
  interface MethodFacts {
    readonly since: number;
    readonly scope: string;
    readonly role: string;
    readonly effect: "read" | "write" | "keyed";
    readonly params: Readonly<Record<string, unknown>>;
  }
  export const methods: Readonly<Record<string, MethodFacts>>;
}
