import { invalidRequest, type ErrorShape } from "../../../domain/protocol/errors.js";
import type { configMethods } from "../../../domain/protocol/methods/config.js";
import type { ParamsOf } from "../../../domain/protocol/catalog.js";
import type { ConfigEdit, ConfigEdited, ConfigIssue, ConfigView } from "../../../ports/config-source.js";
import { done, refused, type Handlers } from "../call.js";
import type { Services } from "../services.js";

type Refused = Extract<ConfigEdited, { kind: "refused" }>;
type Written = Extract<ConfigEdited, { kind: "written" }>;

/** In the words that clients look for. */
function refusalOf(edited: Refused): ErrorShape {
  switch (edited.reason) {
    case "base-needed": return invalidRequest("config base hash required; re-run config.get and retry");
    case "base-stale": return invalidRequest("config changed since last load; re-run config.get and retry");
    case "invalid": return invalidRequest("invalid config", { issues: edited.issues.map((issue) => ({ ...issue })) });
    case "read-only": return invalidRequest(edited.message, { code: "CONFIG_READ_ONLY" });
  }
}

const listed = (issues: readonly ConfigIssue[]) => issues.map((issue) => ({ ...issue }));
const written = ({ path, config }: ConfigView) => ({ ok: true as const, path, config: { ...config } });

/** What a form tells its reader of single paths. */
const hints = (restarting: readonly string[]): Record<string, unknown> => Object.fromEntries(restarting.map((path) => [path, { requiresRestart: true }]));

/** The gateway's configuration: read, judged, written and in force at once, but for what it says needs a restart. */
export function configHandlers({ parts, sessions, events }: Services): Handlers<keyof typeof configMethods> {
  const base = (params: { readonly raw: string; readonly baseHash?: string }): Pick<ConfigEdit, "raw" | "baseHash"> =>
    ({ raw: params.raw, ...(params.baseHash === undefined ? {} : { baseHash: params.baseHash }) });

  /** What clients of releases that restarted for every change expect beside the configuration. */
  const report = async (method: "config.patch" | "config.apply", edited: Written, params: ParamsOf<"config.apply">) => {
    const { changed, needsRestart, view } = edited;
    if (params.sessionKey !== undefined && params.note !== undefined) {
      const target = sessions.resolve({ key: params.sessionKey, method });
      if (target.kind === "session") await events.queue(`The configuration was changed: ${params.note}`, target);
    }
    const payload = {
      kind: method.replace(".", "-"),
      status: "ok",
      ts: parts.clock.now(),
      ...(params.sessionKey === undefined ? {} : { sessionKey: params.sessionKey }),
      ...(params.note === undefined ? {} : { message: params.note }),
    };
    return done({
      ...written(view),
      restart: { required: needsRestart.length > 0, paths: [...needsRestart], changed: [...changed] },
      sentinel: { path: null, payload },
    });
  };

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
        issues: listed(view.issues),
        warnings: listed(view.warnings),
        legacyIssues: listed(view.legacyIssues),
      });
    },
    "config.set": async (params) => {
      const edited = await parts.config.edit({ kind: "replace", ...base(params) });
      return edited.kind === "refused" ? refused(refusalOf(edited)) : done(written(edited.view));
    },
    "config.apply": async (params) => {
      const edited = await parts.config.edit({ kind: "replace", ...base(params) });
      return edited.kind === "refused" ? refused(refusalOf(edited)) : report("config.apply", edited, params);
    },
    "config.patch": async (params) => {
      const edited = await parts.config.edit({ kind: "merge", ...base(params), ...(params.replacePaths === undefined ? {} : { replacePaths: params.replacePaths }) });
      return edited.kind === "refused" ? refused(refusalOf(edited)) : report("config.patch", edited, params);
    },
    "config.schema": () =>
      done({ schema: parts.config.schema(), uiHints: hints(parts.config.restartPaths()), version: parts.host.version, generatedAt: new Date(parts.clock.now()).toISOString() }),
  };
}
