/** What a supervisor is to keep running. Free of secrets: it is written into a file that is shown to people. */
export interface ServiceDefinition {
  /** One line for people. */
  readonly description: string;
  /** The program's absolute path, then its arguments. No shell reads them. */
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir: string;
  /** Where a supervisor that keeps no journal puts what the program writes to standard error. */
  readonly errorFile: string;
}

/** `waiting`: it ended by itself, and is started again in a while. */
export type ServiceActivity = "running" | "starting" | "reloading" | "stopping" | "stopped" | "failed" | "waiting";

export interface InstalledService {
  readonly kind: "installed";
  /** The file that defines it. */
  readonly path: string;
  /** `outdated`: it differs from what would be written now. `foreign`: somebody else wrote it. */
  readonly definition: "current" | "outdated" | "foreign";
  readonly activity: ServiceActivity;
  readonly pid?: number;
  /** How its last process ended, where it ended by itself. */
  readonly exitCode?: number;
  /** How often it was started again since somebody started it. */
  readonly restarts?: number;
  /** It starts when its user's session does. */
  readonly isEnabled: boolean;
  /** It goes on while its user is not logged in. Unknown where the supervisor does not tell. */
  readonly outlivesLogin?: boolean;
}

export type ServiceState =
  | InstalledService
  | { readonly kind: "absent" }
  /** Whether it is there cannot be told. A whole sentence. */
  | { readonly kind: "unreachable"; readonly reason: string };

export type ServiceRefusal = "absent" | "exists" | "foreign" | "unreachable" | "failed";

export type ServiceOutcome =
  /** `isReady`: the program has said that it serves. Without it, nobody knows yet. */
  | { readonly kind: "done"; readonly isReady: boolean }
  /** A whole sentence that says what to do next. */
  | { readonly kind: "refused"; readonly reason: ServiceRefusal; readonly message: string };

/** Keeps one service of the user who runs us: starts it, starts it again when it fails, ends it. */
export interface Supervisor {
  /** What it is called. */
  readonly name: string;
  /** The command that shows what the service printed. */
  readonly logCommand: string;
  /**
   * Writes the definition, lets it start with the user's session, and starts it; started anew where it ran with another
   * one. A definition that differs is replaced only with `force`.
   */
  install(definition: ServiceDefinition, options: { readonly force: boolean }): Promise<ServiceOutcome>;
  /** Ends it and forgets it. What somebody else wrote goes only with `force`. */
  uninstall(options: { readonly force: boolean }): Promise<ServiceOutcome>;
  start(): Promise<ServiceOutcome>;
  stop(): Promise<ServiceOutcome>;
  restart(): Promise<ServiceOutcome>;
  /** Never rejects. `expected` is what it is compared with. */
  state(expected: ServiceDefinition): Promise<ServiceState>;
}
