import { join } from "node:path";
import type { AcpConfig } from "../../adapters/agent/acp/index.js";
import { EchoRuntime } from "../../adapters/agent/echo/index.js";
import type { ModelConfig } from "../../adapters/agent/model/index.js";
import { absolute, stateDirOf, type FileConfigSource } from "../../adapters/config/file/index.js";
import type { Clock } from "../../ports/clock.js";
import { VERSION } from "../version.js";
import { ChosenAgent, type AgentChoice } from "./chosen-agent.js";

/**
 * The runtime that the file names. Where it names none: a model where one is configured, for all agents or for one;
 * else an agent of its own where there is one; else the echo, which says how to configure one. Only that one is loaded.
 */
export const chooseAgent = (source: FileConfigSource, clock: Clock): Promise<ChosenAgent> => ChosenAgent.open(() => choiceOf(source, clock));

function choiceOf(source: FileConfigSource, clock: Clock): AgentChoice {
  const { runtime, acp } = source.config().agents?.defaults ?? {};
  const namesModel = source.settings().agents.some((agent) => agent.model !== undefined);
  const env = source.env();
  switch (runtime ?? (namesModel ? "model" : acp === undefined ? "echo" : "acp")) {
    // Which model answers is asked with each turn.
    case "model": return { identity: `model ${JSON.stringify(env)}`, make: async () => new (await import("../../adapters/agent/model/index.js")).ModelRuntime({ config: () => modelConfig(source), env, clock }) };
    case "acp": {
      const given = { config: acpConfig(source), workspace: workspaceOf(source), env };
      return { identity: `acp ${JSON.stringify(given)}`, make: async () => new (await import("../../adapters/agent/acp/index.js")).AcpRuntime({ ...given, version: VERSION, clock }) };
    }
    case "echo": return { identity: "echo", make: () => Promise.resolve(new EchoRuntime()) };
  }
}

function acpConfig(source: FileConfigSource): AcpConfig | undefined {
  const acp = source.config().agents?.defaults?.acp;
  return acp?.cwd === undefined ? acp : { ...acp, cwd: absolute(acp.cwd, source.env()) };
}

function workspaceOf(source: FileConfigSource): string {
  const env = source.env();
  return absolute(source.config().agents?.defaults?.workspace ?? join(stateDirOf(env), "workspace"), env);
}

/** The file's own section; its default model, where there is none, is that of the default agent. */
function modelConfig(source: FileConfigSource): ModelConfig {
  const { agents, models } = source.config();
  const listed = source.settings().agents;
  const model = agents?.defaults?.model ?? (listed.find((agent) => agent.isDefault) ?? listed[0])?.model;
  return {
    ...(model === undefined ? {} : { agents: { defaults: { model } } }),
    ...(models === undefined ? {} : { models }),
  };
}
