import type { HostCommandName } from "../../../domain/node-host/host-program.js";

/** A program and its arguments. No shell reads them; `{name}` in an argument stands for what a call asks for. */
export interface HostProgram {
  readonly argv: readonly string[];
  /** How long it may take beyond what it was told to record; 15 seconds, unless given. */
  readonly timeoutMs?: number;
}

/** A host that does not move. */
export interface FixedPlace {
  readonly lat: number;
  readonly lon: number;
  readonly accuracyMeters?: number;
  readonly altitudeMeters?: number;
}

/** The configuration's `node.commands` and `node.location`. */
export interface HostCommandsConfig {
  readonly commands?: Partial<Readonly<Record<HostCommandName, HostProgram>>>;
  readonly location?: FixedPlace;
}

export const TIMEOUT_MS = 15_000;
