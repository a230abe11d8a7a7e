import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { InstalledService, ServiceOutcome, ServiceRefusal } from "../../ports/supervisor.js";

/** Stands in each file that is ours to replace. */
export const MARK = "Written by `openclaw gateway install`";

export const refused = (reason: ServiceRefusal, message: string): Extract<ServiceOutcome, { kind: "refused" }> => ({ kind: "refused", reason, message });

type Refused = ReturnType<typeof refused>;

/** The file by which a supervisor knows a service. */
export class DefinitionFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async read(): Promise<string | undefined> {
    try {
      return await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Writes it, whole or not at all, and tells whether that changed anything. What somebody else wrote is kept beside it. */
  async put(text: string, { force }: { readonly force: boolean }): Promise<{ readonly kind: "put"; readonly isChanged: boolean } | Refused> {
    const before = await this.read();
    if (before === text) return { kind: "put", isChanged: false };
    if (before !== undefined) {
      const isForeign = definitionKind(before, text) === "foreign";
      if (!force) return refused(isForeign ? "foreign" : "exists", `${this.path} is there already and ${isForeign ? "was written by somebody else" : "says something else"}: --force replaces it.`);
      if (isForeign) await copyFile(this.path, `${this.path}.bak`);
    }
    await this.#replace(text);
    return { kind: "put", isChanged: true };
  }

  /** Why it may not be taken away. */
  async judgeRemoval({ force }: { readonly force: boolean }): Promise<Refused | undefined> {
    const before = await this.read();
    if (before === undefined) return this.absent();
    return definitionKind(before, "") === "foreign" && !force ? refused("foreign", `${this.path} was written by somebody else: --force removes it.`) : undefined;
  }

  async #replace(text: string): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const draft = `${this.path}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      await writeFile(draft, text, { mode: 0o644, flag: "wx" });
      await rename(draft, this.path);
    } finally {
      await rm(draft, { force: true });
    }
  }

  remove(): Promise<void> {
    return rm(this.path, { force: true });
  }

  absent(): Refused {
    return refused("absent", `There is no service at ${this.path}: openclaw gateway install makes one.`);
  }
}

export const definitionKind = (found: string, expected: string): InstalledService["definition"] => {
  if (found === expected) return "current";
  return found.includes(MARK) ? "outdated" : "foreign";
};
