/** What an agent's workspace holds of a file. */
export type WorkspaceFile =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  /** It is there and can't be used. `reason` is a whole sentence without its content. */
  | { readonly kind: "refused"; readonly reason: string };

/** The folders in which agents keep their files. */
export interface Workspace {
  /** Reads a text file that lies directly in an agent's workspace. One that is larger than 64 KiB, no regular file, or that a link leads out of the folder is refused. */
  read(agentId: string, name: string): Promise<WorkspaceFile>;
}
