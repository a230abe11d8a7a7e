import { DEFAULT_SETTINGS } from "../../domain/default-settings.js";
import type { AuthSettings, Settings } from "../../domain/settings.js";
import type { ConfigEdited, ConfigSource, ConfigView } from "../../ports/config-source.js";

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

type GivenAuth = AuthSettings | { readonly token: string } | { readonly password: string };

/** A program that embeds a gateway is not to find its agent asked by itself, unless it says so. */
const NO_HEARTBEAT = { ...DEFAULT_SETTINGS.heartbeat, everyMs: 0, every: "0m" };

export function givenSettings(given: { readonly auth?: GivenAuth; readonly settings?: Partial<Settings> }): Settings {
  const { auth } = given;
  return { ...DEFAULT_SETTINGS, heartbeat: NO_HEARTBEAT, ...given.settings, ...(auth === undefined ? {} : { auth: authOf(auth) }) };
}

function authOf(auth: GivenAuth): AuthSettings {
  const full: AuthSettings = "mode" in auth ? auth : "token" in auth ? { mode: "token", token: auth.token } : { mode: "password", password: auth.password };
  const secret = full.mode === "token" ? full.token : full.mode === "password" ? full.password : "none needed";
  if (typeof secret !== "string" || secret.trim() === "") throw new Error(`auth mode ${full.mode} needs a non-empty ${full.mode}`);
  return full;
}

/** Settings handed over by an embedder: there is no file behind them. */
export class StaticConfig implements ConfigSource {
  readonly #given: Settings;

  constructor(given: Settings) {
    this.#given = given;
  }

  settings(): Settings {
    return this.#given;
  }

  path(): undefined {
    return undefined;
  }

  view(): Promise<ConfigView> {
    return Promise.resolve({ path: "", exists: false, raw: null, parsed: {}, valid: true, config: {}, hash: EMPTY_SHA256, issues: [], warnings: [], legacyIssues: [] });
  }

  edit(): Promise<ConfigEdited> {
    return Promise.resolve({ kind: "refused", reason: "read-only", message: "The program that this gateway is part of decides its configuration: there is no file to write." });
  }

  onChange(): () => void {
    return () => undefined;
  }

  schema(): unknown {
    return {};
  }

  restartPaths(): readonly string[] {
    return [];
  }
}
