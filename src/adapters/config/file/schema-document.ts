import { ConfigSchema } from "./schema.js";

/** The schema as a document that editors take: what `$schema` in the file may point to. */
export const documentSchema = (): Readonly<Record<string, unknown>> => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "OpenClaw gateway configuration",
  description: "Keys that are not listed are warned of and have no effect.",
  // A copy without the symbols that TypeBox marks its schemas with.
  ...(JSON.parse(JSON.stringify(ConfigSchema)) as Record<string, unknown>),
});
