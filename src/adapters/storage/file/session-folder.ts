import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";

import { isFileSafeId } from "../../../domain/sessions/key.js";
import { ensureFolder } from "./atomic-file.js";
import { errorCode, StateFileError } from "./state-file-error.js";

/** An id that must not become part of a path. It is not quoted: it may have been made to be read in a log. */
export class IllegalIdError extends Error {
  override readonly name = "IllegalIdError";
  readonly what: "agent id" | "session id";

  constructor(what: "agent id" | "session id") {
    super(`${what === "agent id" ? "An agent id" : "A session id"} cannot be a file name.`);
    this.what = what;
  }
}

const checked = (what: "agent id" | "session id", id: string): string => {
  if (!isFileSafeId(id)) throw new IllegalIdError(what);
  return id;
};

/** `agents/<agentId>/sessions` under a state folder: where an agent's index and transcripts live. */
export class SessionFolder {
  readonly #dir: string;
  readonly #agentId: string;

  /** @throws {@link IllegalIdError} */
  constructor(dir: string, agentId: string) {
    this.#dir = dir;
    this.#agentId = checked("agent id", agentId);
  }

  get index(): string {
    return join(this.#path, "sessions.json");
  }

  /** @throws {@link IllegalIdError} */
  transcript(sessionId: string): string {
    return join(this.#path, `${checked("session id", sessionId)}.jsonl`);
  }

  /** Whether the folder is there. One that a link leads out of the state folder is refused. */
  exists(): Promise<boolean> {
    return this.#isContained(this.#path);
  }

  /** Makes what is missing of the folder. Each level is judged before anything is made below it. */
  async ensure(): Promise<string> {
    if (await this.exists()) return this.#path;
    for (const level of this.#levels) if (!(await this.#isContained(level))) await ensureFolder(level);
    return this.#path;
  }

  /** Closes an existing folder, and those above it in the state folder, to others. */
  async tighten(): Promise<void> {
    for (const level of this.#levels) if (await this.#isContained(level)) await ensureFolder(level);
  }

  async #isContained(path: string): Promise<boolean> {
    let root: string;
    let real: string;
    try {
      [root, real] = await Promise.all([realpath(this.#dir), realpath(path)]);
    } catch (cause) {
      if (errorCode(cause) === "ENOENT" || errorCode(cause) === "ENOTDIR") return false;
      throw new StateFileError(path, "unreadable", { cause });
    }
    const way = relative(root, real);
    if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) throw new StateFileError(path, "outside");
    return true;
  }

  get #path(): string {
    return join(this.#dir, "agents", this.#agentId, "sessions");
  }

  /** Topmost first. */
  get #levels(): readonly string[] {
    const agents = join(this.#dir, "agents");
    return [agents, join(agents, this.#agentId), this.#path];
  }
}
