import { Type, type Static } from "@sinclair/typebox";
import type { ConfigIssue } from "../../../ports/config-source.js";

/** What `channels.slack` says about the connection. Its keys about people and groups are read elsewhere. */
export const SlackConfigSchema = Type.Object({
  mode: Type.Optional(Type.Union([Type.Literal("socket"), Type.Literal("http")])),
  botToken: Type.Optional(Type.String({ description: "a bot token (\"xoxb-...\")" })),
  appToken: Type.Optional(Type.String({ description: "an app-level token (\"xapp-...\")" })),
  signingSecret: Type.Optional(Type.String({ description: "the app's signing secret" })),
  apiUrl: Type.Optional(Type.String({ description: "an http or https URL" })),
  webhookPath: Type.Optional(Type.String({ description: "a path beginning with \"/\"" })),
}, { additionalProperties: true });

interface Access {
  readonly accountId: string;
  readonly botToken: string;
  /** Ends with a slash: the API's methods are appended to it. */
  readonly apiUrl: string;
}

export type SlackConfig =
  | (Access & { readonly mode: "socket"; readonly appToken: string })
  | (Access & { readonly mode: "http"; readonly signingSecret: string; readonly webhookPath: string });

export type Environment = Readonly<Record<string, string | undefined>>;

export type SlackConfigOutcome = { readonly config: SlackConfig } | { readonly issues: readonly ConfigIssue[] };

const DEFAULT_ACCOUNT = "default";
const API_URL = "https://slack.com/api/";
const WEBHOOK_PATH = "/slack/events";
const PATH = /^\/[A-Za-z0-9._~/-]{0,255}$/u;

/**
 * The environment (`SLACK_BOT_TOKEN`, `SLACK_APP_TOKEN`, `SLACK_SIGNING_SECRET`) stands in for what the default account
 * leaves out, and for no other: two accounts with one token would take each other's messages.
 */
export function parseSlackConfig(value: unknown, accountId: string, env: Environment): SlackConfigOutcome {
  const reader = new ConfigReader(value, accountId, env);
  const { mode = "socket", ...access } = { mode: reader.mode(), accountId, botToken: reader.botToken(), apiUrl: reader.apiUrl() };
  const config: SlackConfig = mode === "socket"
    ? { ...access, mode, appToken: reader.appToken() }
    : { ...access, mode, signingSecret: reader.signingSecret(), webhookPath: reader.webhookPath() };
  return reader.issues.length > 0 ? { issues: reader.issues } : { config };
}

type Fields = Readonly<Record<string, unknown>>;

/** What two accounts can't have in common. */
const OWN_KEYS: ReadonlySet<string> = new Set(["botToken", "appToken", "signingSecret", "webhookPath"]);

/** An account's own keys, over those of the section that it may share. */
function accountIn(section: Fields, accountId: string): Fields {
  const { accounts, ...shared } = section;
  const own = typeof accounts === "object" && accounts !== null && Object.hasOwn(accounts, accountId) ? (accounts as Readonly<Record<string, Fields>>)[accountId] : undefined;
  if (own === undefined) return shared;
  const lent = Object.entries(shared).filter(([key]) => accountId === DEFAULT_ACCOUNT || !OWN_KEYS.has(key));
  return { ...Object.fromEntries(lent), ...own };
}

class ConfigReader {
  readonly issues: ConfigIssue[] = [];
  readonly #given: Readonly<Static<typeof SlackConfigSchema>>;
  readonly #path: string;
  readonly #env: Environment;

  constructor(value: unknown, accountId: string, env: Environment) {
    this.#path = accountId === DEFAULT_ACCOUNT ? "channels.slack" : `channels.slack.accounts.${accountId}`;
    this.#env = accountId === DEFAULT_ACCOUNT ? env : {};
    const isSection = typeof value === "object" && value !== null && !Array.isArray(value);
    this.#given = isSection ? accountIn(value as Fields, accountId) : {};
    if (!isSection && value !== undefined) this.issues.push({ path: this.#path, message: "Expected a section with Slack's tokens." });
  }

  mode(): "socket" | "http" | undefined {
    const mode: unknown = this.#given.mode;
    if (mode === undefined || mode === "socket" || mode === "http") return mode;
    this.#refuse("mode", "Set it to \"socket\" or \"http\".");
    return undefined;
  }

  botToken(): string {
    return this.#token("botToken", "SLACK_BOT_TOKEN", {
      fits: /^(?:xoxe\.)?xoxb-\S+$/u,
      missing: "Slack needs a bot token: copy the one that begins with \"xoxb-\" from the app's page \"OAuth & Permissions\", or set SLACK_BOT_TOKEN.",
      wrong: "This is no bot token: copy the one that begins with \"xoxb-\" from the app's page \"OAuth & Permissions\".",
    });
  }

  appToken(): string {
    return this.#token("appToken", "SLACK_APP_TOKEN", {
      fits: /^xapp-\S+$/u,
      missing: "Socket Mode needs an app-level token: make one with the scope \"connections:write\" on the app's page \"Basic Information\", or set SLACK_APP_TOKEN, or set mode to \"http\".",
      wrong: "This is no app-level token: make one that begins with \"xapp-\" on the app's page \"Basic Information\", with the scope \"connections:write\".",
    });
  }

  signingSecret(): string {
    return this.#token("signingSecret", "SLACK_SIGNING_SECRET", {
      fits: /^\S+$/u,
      missing: "Over HTTP nothing but the signing secret tells Slack from strangers: copy it from the app's page \"Basic Information\", or set SLACK_SIGNING_SECRET.",
      wrong: "A signing secret has no spaces: copy it from the app's page \"Basic Information\" once more.",
    });
  }

  apiUrl(): string {
    const text = this.#text("apiUrl") ?? API_URL;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    // A key in an address would end up in error messages; a query would swallow the method that is appended.
    const isPlain = url !== undefined && /^https?:$/u.test(url.protocol) && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
    if (!isPlain) this.#refuse("apiUrl", "Set it to an http or https URL without credentials or query, or leave it out for Slack's own.");
    return text.endsWith("/") ? text : `${text}/`;
  }

  webhookPath(): string {
    const path = this.#text("webhookPath") ?? WEBHOOK_PATH;
    if (!PATH.test(path)) this.#refuse("webhookPath", `Set it to a path that begins with "/", such as "${WEBHOOK_PATH}".`);
    return path;
  }

  #token(key: "botToken" | "appToken" | "signingSecret", variable: string, said: { fits: RegExp; missing: string; wrong: string }): string {
    const token = this.#text(key) ?? this.#env[variable]?.trim() ?? "";
    if (token === "") this.#refuse(key, said.missing);
    else if (!said.fits.test(token)) this.#refuse(key, said.wrong);
    return token;
  }

  #text(key: "botToken" | "appToken" | "signingSecret" | "apiUrl" | "webhookPath"): string | undefined {
    const value: unknown = this.#given[key];
    if (value === undefined) return undefined;
    if (typeof value !== "string") {
      this.#refuse(key, "Expected a text.");
      return undefined;
    }
    return value.trim() === "" ? undefined : value.trim();
  }

  #refuse(key: string, message: string): void {
    const path = `${this.#path}.${key}`;
    if (!this.issues.some((issue) => issue.path === path)) this.issues.push({ path, message });
  }
}
