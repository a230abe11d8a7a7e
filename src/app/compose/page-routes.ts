import type { IncomingMessage, ServerResponse } from "node:http";
import type { PageHost } from "../../adapters/pages/static/index.js";
import { parsePageTarget } from "../../domain/pages/path.js";
import type { ControlUiSettings } from "../../domain/settings.js";
import type { Log } from "../../ports/log.js";
import { assetsFolder } from "./assets.js";

interface Parts {
  readonly log: Log;
  readonly settings: () => ControlUiSettings;
}

/** Takes a request for one of the pages, and answers it; `false` for any other. What serves them is loaded with the first. */
export function pageRoutes({ log, settings }: Parts): (request: IncomingMessage, response: ServerResponse) => boolean {
  let host: Promise<PageHost> | undefined;
  return (request, response) => {
    const { enabled, basePath } = settings();
    if (!enabled || parsePageTarget(request.url ?? "", basePath) === undefined) return false;
    host ??= import("../../adapters/pages/static/index.js").then(({ PageHost }) => new PageHost({ root: assetsFolder("web"), log }));
    void host.then((pages) => pages.answer({ request, response }, basePath));
    return true;
  };
}
