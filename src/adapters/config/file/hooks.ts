import type { HookMapping, HookSettings } from "../../../domain/hooks/hook.js";
import type { AuthSettings } from "../../../domain/settings.js";
import type { ConfigIssue } from "../../../ports/config-source.js";
import { pathTo } from "./fit.js";
import type { Config } from "./schema.js";

interface Report {
  readonly issues: ConfigIssue[];
  readonly warnings: ConfigIssue[];
}

const DEFAULT_PATH = "/hooks";
const DEFAULT_BYTES = 256 * 1024;
const MIN_TOKEN = 16;

/** The hooks of a configuration; `undefined` where they are off. */
export function readHooks({ hooks }: Config, auth: AuthSettings, report: Report): HookSettings | undefined {
  if (hooks?.enabled !== true) return undefined;
  const { token, path = DEFAULT_PATH, maxBodyBytes = DEFAULT_BYTES, mappings = [] } = hooks;
  const complain = (key: string, message: string): void => void report.issues.push({ path: `hooks.${key}`, message });
  if (token === undefined) complain("token", "Hooks need a token of their own, which callers show: set a long random text.");
  else if (token.length < MIN_TOKEN) complain("token", `A token that can be guessed opens the assistant to anybody: use at least ${MIN_TOKEN} characters.`);
  else if ((auth.mode === "token" && auth.token === token) || (auth.mode === "password" && auth.password === token)) {
    complain("token", "This is the gateway's own secret: whoever may call a hook must not hold it. Use another one.");
  }
  const isFree = /^\/[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*$/.test(path) && !path.startsWith("/__openclaw__") && !path.startsWith("/v1");
  if (!isFree) complain("path", "Expected a path such as \"/hooks\", without a slash at its end and not one of the gateway's own.");
  return {
    token: token ?? "",
    path,
    maxBodyBytes,
    mappings: mappings.flatMap((mapping, nth) => mappingOf(mapping, pathTo("hooks.mappings", nth), report) ?? []),
  };
}

type WrittenMapping = NonNullable<NonNullable<Config["hooks"]>["mappings"]>[number];

function mappingOf(written: WrittenMapping, path: string, report: Report): HookMapping | undefined {
  const { match, action = "agent", wakeMode = "now", messageTemplate, textTemplate, name, id: _id, ...rest } = written;
  const text = action === "wake" ? (textTemplate ?? messageTemplate) : (messageTemplate ?? textTemplate);
  const place = match?.path?.replace(/^\/+|\/+$/g, "");
  if (place === undefined || !/^[A-Za-z0-9._~-]{1,64}$/.test(place) || place === "wake" || place === "agent") {
    report.issues.push({ path: pathTo(pathTo(path, "match"), "path"), message: "Expected the name of a hook, of letters, digits, dots and dashes, that is neither wake nor agent." });
    return undefined;
  }
  if (text === undefined) {
    report.issues.push({ path: pathTo(path, action === "wake" ? "textTemplate" : "messageTemplate"), message: "A mapping needs a template that makes a text of the body, such as \"New mail from {{messages[0].from}}\"." });
    return undefined;
  }
  return {
    name: place,
    action,
    wakeMode,
    text,
    ...(match?.source === undefined ? {} : { source: match.source }),
    ...(name === undefined ? {} : { label: name }),
    ...rest,
  };
}
