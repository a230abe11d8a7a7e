import type * as Acp from "@agentclientprotocol/sdk";

export type Sdk = typeof Acp;

let loading: Promise<Sdk> | undefined;

/** Loads the SDK on first use. `undefined` where it is not installed: it is an optional dependency. */
export const loadSdk = async (): Promise<Sdk | undefined> => {
  loading ??= import("@agentclientprotocol/sdk");
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    if ((error as { code?: string }).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
};
