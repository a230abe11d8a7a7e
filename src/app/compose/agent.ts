import { join } from "node:path";
import type { AcpConfig } from "../../adapters/agent/acp/index.js";
import { EchoRuntime } from "../../adapters/agent/echo/index.js";
import type { ModelConfig } from "../../adapters/agent/model/index.js";
import { absolute, stateDirOf, type FileConfigSource } from "../../adapters/config/file/index.js";
import type { AgentRuntime } from "../../ports/agent-runtime.js";
import type { Clock } from "../../ports/clock.js";
import { VERSION } from "../version.js";

/**
 * The runtime that the file names. Where it names none: a model where one is configured, for all agents or for one;
 * else an agent of its own where there is one; else the echo, which says how to configure one. Only that one is loaded.
 */
export async function chooseAgent(source: FileConfigSource, clock: Clock): Promise<AgentRuntime> {
  const { runtime, acp } = source.config().agents?.defaults ?? {};
  const namesModel = source.settings().agents.some((agent) => agent.model !== undefined);
  switch (runtime ?? (namesModel ? "model" : acp === undefined ? "echo" : "acp")) {
    case "model": {
      const { ModelRuntime } = await import("../../adapters/agent/model/index.js");
      return new ModelRuntime({ config: () => modelConfig(source), env: source.env(), clock });
    }
    case "acp": {
      const { AcpRuntime } = await import("../../adapters/agent/acp/index.js");
      return new AcpRuntime({ config: acpConfig(source), workspace: workspaceOf(source), env: source.env(), version: VERSION, clock });
    }
    case "echo": return new EchoRuntime();
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
