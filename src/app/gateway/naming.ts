import type { Settings } from "../../domain/settings.js";
import type { SessionNaming } from "../../domain/sessions/key.js";

export const defaultAgentOf = (settings: Settings): string =>
  (settings.agents.find((agent) => agent.isDefault) ?? settings.agents[0])?.id ?? "main";

export const namingOf = (settings: Settings): SessionNaming => ({
  defaultAgentId: defaultAgentOf(settings),
  mainKey: settings.session.mainKey,
  scope: settings.session.scope,
});
