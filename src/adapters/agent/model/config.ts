import type { ModelFacts } from "../../../ports/agent-runtime.js";

export interface ModelEntry {
  readonly id: string;
  readonly name?: string;
  /** Tokens. */
  readonly contextWindow?: number;
  /** Longest answer, in tokens. */
  readonly maxTokens?: number;
  /** The model takes a thinking level. */
  readonly reasoning?: boolean;
  /** What it reads: `text`, `image`. Nothing said means both. */
  readonly input?: readonly string[];
}

export interface ProviderEntry {
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** `openai-completions` (the default) or `anthropic-messages`. */
  readonly api?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where given, a turn may name only these. */
  readonly models?: readonly ModelEntry[];
}

export type ModelChoice = string | { readonly primary?: string; readonly fallbacks?: readonly string[] };

/** The part of the configuration file that says which models there are, under its own key names. */
export interface ModelConfig {
  readonly agents?: { readonly defaults?: { readonly model?: ModelChoice } };
  readonly models?: { readonly providers?: Readonly<Record<string, ProviderEntry>> };
}

export type Environment = Readonly<Record<string, string | undefined>>;

export type ModelApi = "openai-completions" | "anthropic-messages";

export interface ResolvedModel {
  readonly provider: string;
  readonly model: string;
  readonly api: ModelApi;
  /** Without a slash at the end; what the API's path is appended to. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The provider's own service, not another one that speaks its language. */
  readonly official: boolean;
  readonly maxTokens?: number;
  readonly reasoning: boolean;
  readonly readsImages: boolean;
}

export type ModelResolution =
  | { readonly kind: "ok"; readonly model: ResolvedModel }
  /** `message` is a whole sentence that names the key to set. */
  | {
      readonly kind: "not-a-model-name" | "unknown-provider" | "unknown-model" | "unsupported-api" | "bad-base-url" | "no-key";
      readonly message: string;
    };

interface KnownProvider {
  readonly baseUrl: string;
  readonly api: ModelApi;
  readonly keyName: string;
}

const KNOWN: ReadonlyMap<string, KnownProvider> = new Map([
  ["anthropic", { baseUrl: "https://api.anthropic.com", api: "anthropic-messages", keyName: "ANTHROPIC_API_KEY" }],
  ["openai", { baseUrl: "https://api.openai.com/v1", api: "openai-completions", keyName: "OPENAI_API_KEY" }],
]);

/** The default model's name and those to try after it. `undefined` where no model is configured. */
export const modelChain = (config: ModelConfig): { readonly primary: string; readonly fallbacks: readonly string[] } | undefined => {
  const choice = config.agents?.defaults?.model;
  const primary = typeof choice === "string" ? choice : choice?.primary;
  if (primary === undefined || primary.trim() === "") return undefined;
  return { primary, fallbacks: typeof choice === "object" ? (choice.fallbacks ?? []) : [] };
};

/** Finds what is needed to call `name` (`provider/model`; the model's own name may hold more slashes). */
export const resolveModel = (config: ModelConfig, name: string, env: Environment = {}): ModelResolution => {
  const slash = name.indexOf("/");
  const provider = name.slice(0, Math.max(slash, 0)).trim();
  const model = name.slice(slash + 1).trim();
  if (provider === "" || model === "") {
    return { kind: "not-a-model-name", message: `"${name}" is not the name of a model: write it as provider/model, for example in agents.defaults.model.` };
  }
  const entry = providerEntry(config, provider);
  const known = KNOWN.get(provider);
  if (entry === undefined && known === undefined) {
    return { kind: "unknown-provider", message: `There is no model provider "${provider}": set models.providers.${provider}.baseUrl, or name another provider.` };
  }
  const listed = entry?.models?.find((one) => one.id === model);
  if (listed === undefined && (entry?.models?.length ?? 0) > 0) {
    return { kind: "unknown-model", message: `The provider "${provider}" has no model "${model}": add it to models.providers.${provider}.models, or name one that is listed there.` };
  }
  return resolveEndpoint({ provider, model, entry: entry ?? {}, known, listed, env });
};

// Own keys only: a provider called "constructor" must not find what every object inherits.
const providerEntry = (config: ModelConfig, provider: string): ProviderEntry | undefined => {
  const providers = config.models?.providers ?? {};
  return Object.hasOwn(providers, provider) ? providers[provider] : undefined;
};

interface Endpoint {
  readonly provider: string;
  readonly model: string;
  readonly entry: ProviderEntry;
  readonly known: KnownProvider | undefined;
  readonly listed: ModelEntry | undefined;
  readonly env: Environment;
}

const resolveEndpoint = ({ provider, model, entry, known, listed, env }: Endpoint): ModelResolution => {
  const key = `models.providers.${provider}`;
  const api = entry.api ?? known?.api ?? "openai-completions";
  if (api !== "openai-completions" && api !== "anthropic-messages") {
    return { kind: "unsupported-api", message: `This gateway does not speak "${api}": set ${key}.api to "openai-completions" or "anthropic-messages".` };
  }
  const baseUrl = parseBaseUrl(entry.baseUrl ?? known?.baseUrl, api);
  if (baseUrl === undefined) {
    return { kind: "bad-base-url", message: `The address of the provider "${provider}" is not usable: set ${key}.baseUrl to an http or https URL without credentials or query.` };
  }
  const apiKey = nonEmpty(entry.apiKey) ?? nonEmpty(known === undefined ? undefined : env[known.keyName]);
  const official = known !== undefined && (entry.baseUrl === undefined || baseUrl === parseBaseUrl(known.baseUrl, api));
  // A server of one's own may need no key, or get it in a header; the providers' services always need one.
  if (official && apiKey === undefined && Object.keys(entry.headers ?? {}).length === 0) {
    return { kind: "no-key", message: `The provider "${provider}" needs a key: set ${key}.apiKey, or ${known.keyName} in the environment of the gateway.` };
  }
  return {
    kind: "ok",
    model: {
      provider, model, api, baseUrl, official,
      ...(apiKey === undefined ? {} : { apiKey }),
      headers: entry.headers ?? {},
      ...(listed?.maxTokens === undefined ? {} : { maxTokens: listed.maxTokens }),
      reasoning: listed?.reasoning ?? false,
      readsImages: listed?.input?.includes("image") ?? true,
    },
  };
};

const nonEmpty = (text: string | undefined): string | undefined => (text === undefined || text.trim() === "" ? undefined : text.trim());

const parseBaseUrl = (text: string | undefined, api: ModelApi): string | undefined => {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  // A key in an address would end up in error messages; a query would swallow the path that is appended.
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined;
  const base = text.trim().replace(/\/+$/u, "");
  // Addresses of this API are customarily written without the version, which its client appends.
  return api === "anthropic-messages" && !/\/v\d+$/u.test(base) ? `${base}/v1` : base;
};

/** Every model that the configuration names, the default first, each once. */
export const listModels = (config: ModelConfig): readonly ModelFacts[] => {
  const chain = modelChain(config);
  const listed = Object.entries(config.models?.providers ?? {})
    .flatMap(([provider, entry]) => (entry.models ?? []).map((model) => `${provider}/${model.id}`));
  const names = new Set([...(chain === undefined ? [] : [chain.primary, ...chain.fallbacks]), ...listed]);
  return [...names].filter((name) => name.includes("/")).map((name) => factsOf(config, name));
};

const factsOf = (config: ModelConfig, name: string): ModelFacts => {
  const provider = name.slice(0, name.indexOf("/"));
  const id = name.slice(name.indexOf("/") + 1);
  const entry = providerEntry(config, provider)?.models?.find((one) => one.id === id);
  return {
    id, provider,
    name: entry?.name ?? id,
    ...(entry?.contextWindow === undefined ? {} : { contextWindow: entry.contextWindow }),
    ...(entry?.reasoning === undefined ? {} : { reasoning: entry.reasoning }),
    ...(entry?.input === undefined ? {} : { input: entry.input }),
  };
};
