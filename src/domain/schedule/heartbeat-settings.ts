/** When a heartbeat may come, in minutes of the day: from `startMinute` up to, and without, `endMinute`, over midnight where that is the smaller one. */
export interface ActiveHours {
  readonly startMinute: number;
  readonly endMinute: number;
  /** Without one, that of the gateway's host. */
  readonly timeZone?: string;
}

/** How an agent is woken by the clock, and where it may speak up then. */
export interface HeartbeatSettings {
  /** 0: never by the clock. */
  readonly everyMs: number;
  /** The same as it was written. */
  readonly every: string;
  readonly prompt: string;
  /** `last`, `none`, or a channel's id. */
  readonly target: string;
  readonly to?: string;
  readonly accountId?: string;
  readonly model?: string;
  /** The key of the session it happens in; without one, the agent's main session. */
  readonly session?: string;
  /** An answer that is this long besides the word for "all is well" is taken for that word. */
  readonly ackMaxChars: number;
  readonly activeHours?: ActiveHours;
}

/** What people see of heartbeats in one account of a channel. */
export interface HeartbeatVisibility {
  /** A chat is told that all is well. */
  readonly showOk: boolean;
  /** A chat is told what needs attention. */
  readonly showAlerts: boolean;
  /** Apps are told how it went, for a light or a badge. */
  readonly useIndicator: boolean;
}

export const DEFAULT_VISIBILITY: HeartbeatVisibility = { showOk: false, showAlerts: true, useIndicator: true };

/** Two equal minutes are a whole day. */
export function isWithin({ startMinute, endMinute }: ActiveHours, minute: number): boolean {
  if (startMinute === endMinute) return true;
  return startMinute < endMinute ? minute >= startMinute && minute < endMinute : minute >= startMinute || minute < endMinute;
}

interface Beating {
  readonly agents: readonly { readonly id: string; readonly isDefault: boolean; readonly heartbeat?: HeartbeatSettings }[];
  readonly heartbeat: HeartbeatSettings;
}

/** Where any agent has a heartbeat of its own, only those have one; else the default agent has. `undefined` for one that has none. */
export function heartbeatOf({ agents, heartbeat }: Beating, agentId: string): HeartbeatSettings | undefined {
  const own = agents.find(({ id }) => id === agentId)?.heartbeat;
  if (own !== undefined) return own;
  if (agents.some((agent) => agent.heartbeat !== undefined)) return undefined;
  const chosen = agents.find(({ isDefault }) => isDefault) ?? agents[0];
  return chosen === undefined || chosen.id === agentId ? heartbeat : undefined;
}
