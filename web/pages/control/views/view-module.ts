import type { TemplateResult } from "lit";
import type { Connection } from "../../shared/connection.js";
import type { Route } from "../route.js";

/** What the module of a view exports. */
export interface ViewModule {
  readonly render: (facts: { readonly connection: Connection; readonly route: Route }) => TemplateResult;
}
