import { allowsCommand, type CommandPolicy } from "./command-policy.js";
import { samePlatform } from "./platform.js";
import { readSurface, sharedSurface, type NodeSurface } from "./surface.js";

/** Everything that decides what a connected node may be asked to do. */
export interface SurfaceFacts {
  /** By this connection. */
  readonly declared: NodeSurface;
  readonly approved: NodeSurface | undefined;
  readonly policy: CommandPolicy;
}

export type CommandRefusal = "not-declared" | "not-allowed" | "not-approved" | "platform-changed";
export type CommandVerdict = { readonly kind: "allowed" } | { readonly kind: "refused"; readonly reason: CommandRefusal };

const refuse = (reason: CommandRefusal): CommandVerdict => ({ kind: "refused", reason });

/** Declared, approved and allowed: a command that lacks one of these does nothing. */
export function judgeCommand(command: string, { declared, approved, policy }: SurfaceFacts): CommandVerdict {
  if (!declared.commands.includes(command)) return refuse("not-declared");
  if (!allowsCommand(policy, declared.platform, command)) return refuse("not-allowed");
  if (approved !== undefined && !samePlatform(approved.platform, declared.platform)) return refuse("platform-changed");
  return approved?.commands.includes(command) === true ? { kind: "allowed" } : refuse("not-approved");
}

/** What a connection's node offers now. */
export function effectiveSurface({ declared, approved, policy }: SurfaceFacts): NodeSurface {
  const shared = sharedSurface(declared, approved);
  return { ...shared, commands: shared.commands.filter((command) => allowsCommand(policy, declared.platform, command)) };
}

/** What there is to approve of a declaration: nobody is asked for what would not be allowed anyhow. */
export const surfaceToApprove = (declared: NodeSurface, policy: CommandPolicy): NodeSurface =>
  readSurface({ ...declared, commands: declared.commands.filter((command) => allowsCommand(policy, declared.platform, command)) });
