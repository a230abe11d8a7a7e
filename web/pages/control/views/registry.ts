import type { SVGTemplateResult, TemplateResult } from "lit";
import type { Connection } from "../../shared/connection.js";
import type { Route } from "../route.js";

/** One entry of Control's list. */
export interface View {
  readonly name: string;
  readonly title: string;
  readonly icon: SVGTemplateResult;
  /** Loads what draws the view; a module of its own, so that others need not be loaded with it. */
  readonly load: () => Promise<ViewModule>;
}

/** What the module of a view exports. */
export interface ViewModule {
  readonly render: (facts: { readonly connection: Connection; readonly route: Route }) => TemplateResult;
}

/** In the order of the list. */
export const VIEWS: readonly View[] = [];
