import { printable } from "../text/printable.js";
import { samePlatform } from "./platform.js";

/** What a node offers: declared by its connection, or approved by an operator. */
export interface NodeSurface {
  readonly platform: string;
  readonly caps: readonly string[];
  readonly commands: readonly string[];
  readonly permissions: Readonly<Record<string, boolean>>;
}

/** A surface as somebody outside wrote it. */
export interface SurfaceClaim {
  readonly platform?: string | undefined;
  readonly caps?: readonly string[] | undefined;
  readonly commands?: readonly string[] | undefined;
  readonly permissions?: Readonly<Record<string, boolean>> | undefined;
}

export const MAX_COMMANDS = 128;
const MAX_CAPS = 64;
const MAX_PERMISSIONS = 64;
const MAX_PLATFORM = 64;

const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/** A command, capability or permission that may be offered at all. What is none is left out, so that nobody has to approve what they can't read. */
export const isSurfaceName = (name: string): boolean => NAME.test(name);

const named = (names: readonly string[] | undefined, most: number): readonly string[] =>
  [...new Set(names?.filter(isSurfaceName))].sort().slice(0, most);

/** In one order and without what is no name, so that two claims of the same are the same. */
export function readSurface({ platform = "", caps, commands, permissions = {} }: SurfaceClaim): NodeSurface {
  const held = named(Object.keys(permissions), MAX_PERMISSIONS);
  return {
    platform: printable(platform, MAX_PLATFORM),
    caps: named(caps, MAX_CAPS),
    commands: named(commands, MAX_COMMANDS),
    permissions: Object.fromEntries(held.map((name) => [name, permissions[name] === true])),
  };
}

export const isSameSurface = (one: NodeSurface, other: NodeSurface): boolean => JSON.stringify(one) === JSON.stringify(other);

const holdsPermission = ({ permissions }: NodeSurface, name: string): boolean => Object.hasOwn(permissions, name) && permissions[name] === true;

/** Whether `approved` has everything that `declared` offers. Another platform is another device as far as anybody knows. */
export function coversSurface(approved: NodeSurface, declared: NodeSurface): boolean {
  return (
    samePlatform(approved.platform, declared.platform) &&
    declared.caps.every((cap) => approved.caps.includes(cap)) &&
    declared.commands.every((command) => approved.commands.includes(command)) &&
    Object.keys(declared.permissions).every((name) => !holdsPermission(declared, name) || holdsPermission(approved, name))
  );
}

/** What is both declared and approved; nothing, where nothing is approved or the platform is another. */
export function sharedSurface(declared: NodeSurface, approved: NodeSurface | undefined): NodeSurface {
  if (approved === undefined || !samePlatform(approved.platform, declared.platform)) return { platform: declared.platform, caps: [], commands: [], permissions: {} };
  return {
    platform: declared.platform,
    caps: declared.caps.filter((cap) => approved.caps.includes(cap)),
    commands: declared.commands.filter((command) => approved.commands.includes(command)),
    permissions: Object.fromEntries(Object.keys(declared.permissions).map((name) => [name, holdsPermission(declared, name) && holdsPermission(approved, name)])),
  };
}
