export { ModelRuntime } from "./model-runtime.js";
export type { ModelRuntimeParts } from "./model-runtime.js";
export { listModels, modelChain, resolveModel } from "./config.js";
export type { Environment, ModelApi, ModelChoice, ModelConfig, ModelEntry, ModelResolution, ProviderEntry, ResolvedModel } from "./config.js";
