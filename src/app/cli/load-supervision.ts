import type { ServiceDefinition, Supervisor } from "../../ports/supervisor.js";

export interface Supervision {
  readonly supervisor: Supervisor;
  readonly definition: ServiceDefinition;
  readonly foreseen: readonly string[];
}

export interface SupervisionModule {
  /** This host's supervisor with the gateway's service, or why it has none. */
  openSupervision(wish: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly home: string;
    readonly stateDir: string;
  }): Supervision | { readonly unsupported: string };
}

/** A third bundle beside this one and the gateway's: it is small, and neither of them has any use for it. */
export const loadSupervision = async (): Promise<SupervisionModule> =>
  (await import(new URL("./supervision.mjs", import.meta.url).href)) as SupervisionModule;
