/** How the node reaches its gateway. Holds secrets. */
export interface NodeGateway {
  /** Absent where the setup code names it. */
  readonly url?: string;
  readonly setupCode?: string;
  readonly token?: string;
  readonly password?: string;
  readonly tlsFingerprint?: string;
  readonly allowPrivate: boolean;
}

export interface NodeFlags {
  readonly gateway: NodeGateway;
  readonly stateDir: string;
  readonly allowReadable: boolean;
  readonly displayName?: string;
  /** What it says is said in JSON, one object a line. */
  readonly json: boolean;
}

export interface NodeModule {
  /** Runs the node in the foreground; resolves with the exit code when it has ended. */
  runNode(flags: NodeFlags): Promise<number>;
}

/** The node is a bundle of its own, loaded when it is run. Its name is put together at run time, so that no bundler can follow it. */
export const loadNode = async (): Promise<NodeModule> => (await import(new URL("./node.mjs", import.meta.url).href)) as NodeModule;
