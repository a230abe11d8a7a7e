import { homedir } from "node:os";
import process from "node:process";
import type { PathRules } from "../../domain/nodes/exec-policy/pattern.js";

/** What of this host the commands work with. */
export interface SystemHost {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Where a command runs that names no folder. */
  readonly cwd: string;
}

export const thisHost = (): SystemHost => ({ platform: process.platform, env: process.env, home: homedir(), cwd: process.cwd() });

/** Linux keeps `Git` and `git` apart; the others usually do not, and one that does loses no more than an entry. */
export const pathRulesOf = ({ platform, home }: SystemHost): PathRules => ({ home, ignoresCase: platform === "win32" || platform === "darwin" });
