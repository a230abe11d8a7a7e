import { done, type Handlers } from "../call.js";
import type { Services } from "../services.js";

export function configHandlers({ parts }: Services): Handlers<"config.get"> {
  return {
    "config.get": async () => {
      const view = await parts.config.view();
      return done({
        path: view.path,
        exists: view.exists,
        raw: view.raw,
        parsed: view.parsed,
        valid: view.valid,
        config: { ...view.config },
        hash: view.hash,
        issues: view.issues.map((issue) => ({ ...issue })),
        warnings: view.warnings.map((warning) => ({ ...warning })),
        legacyIssues: [],
      });
    },
  };
}
