export interface DaemonFlags {
  readonly port?: number;
  readonly bind?: string;
  readonly token?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly tailscale?: string;
  readonly allowUnconfigured?: boolean;
  readonly verbose?: boolean;
  readonly wsLog?: string;
  readonly force?: boolean;
}

export interface ConfigFinding {
  readonly path: string;
  readonly message: string;
}

export interface DaemonModule {
  /** Runs the gateway in the foreground; resolves with the exit code when it has ended. */
  runDaemon(flags: DaemonFlags): Promise<number>;
  /** Judges a configuration file's text as the gateway would read it. */
  checkConfig?(
    file: { readonly path: string; readonly raw: string | undefined },
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<{
    readonly issues: readonly ConfigFinding[];
    readonly warnings: readonly ConfigFinding[];
    /** Keys at places where an older release had them, and the file's value with them where they belong now. */
    readonly legacy: readonly ConfigFinding[];
    readonly migrated: unknown;
  }>;
  /** JSON Schema of the configuration file. */
  configSchema?(): unknown;
}

/**
 * The gateway itself is a second bundle beside this one. Its name is put together at run time, so that no bundler can
 * follow it: a thin client would otherwise load all of the gateway at every start.
 */
export const loadDaemon = async (): Promise<DaemonModule> =>
  (await import(new URL("./daemon.mjs", import.meta.url).href)) as DaemonModule;
