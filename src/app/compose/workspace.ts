import { join } from "node:path";
import { FileWorkspace } from "../../adapters/workspace/file/index.js";
import type { ConfigSource } from "../../ports/config-source.js";
import type { Workspace } from "../../ports/workspace.js";

/** The folders that the settings name for agents; the others' is `workspace` of the state folder, and without that they have none. */
export function openWorkspace(config: ConfigSource, stateDir: string | undefined): Workspace {
  const folderOf = (agentId: string): string | undefined =>
    config.settings().agents.find(({ id }) => id === agentId)?.workspace ?? (stateDir === undefined ? undefined : join(stateDir, "workspace"));
  return new FileWorkspace({ folderOf });
}
