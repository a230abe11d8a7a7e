import { isWithin, type ActiveHours, type HeartbeatVisibility } from "./heartbeat-settings.js";

export interface HeartbeatFacts {
  /** The time for it has come, or somebody asked for it now. */
  readonly trigger: "interval" | "wake";
  /** There is an agent that can do more than stand in for one. */
  readonly isConfigured: boolean;
  readonly activeHours: ActiveHours | undefined;
  /** Of the day, where those hours are meant. */
  readonly minute: number;
  readonly visibility: HeartbeatVisibility;
  /** A turn is under way in its session. */
  readonly isBusy: boolean;
  /** Something waits to be told to its session. */
  readonly hasEvents: boolean;
  /** The agent's HEARTBEAT.md; `undefined` where it has none. */
  readonly checklist: string | undefined;
}

export type SkipReason = "not-configured" | "quiet-hours" | "alerts-disabled" | "requests-in-flight" | "empty-heartbeat-file";

/** Why no turn is spent on a heartbeat; `undefined` where one is. */
export function judgeHeartbeat(facts: HeartbeatFacts): SkipReason | undefined {
  const { trigger, activeHours, visibility } = facts;
  const isAsked = trigger === "wake";
  if (!facts.isConfigured) return "not-configured";
  // Whoever says "now", by hand or in a job, has chosen the hour.
  if (!isAsked && activeHours !== undefined && !isWithin(activeHours, facts.minute)) return "quiet-hours";
  if (!visibility.showOk && !visibility.showAlerts && !visibility.useIndicator) return "alerts-disabled";
  if (facts.isBusy) return "requests-in-flight";
  if (!isAsked && !facts.hasEvents && facts.checklist !== undefined && isEffectivelyEmpty(facts.checklist)) return "empty-heartbeat-file";
  return undefined;
}

const HEADING_OR_BLANK = /^\s*(?:#{1,6}(?:\s.*)?)?$/u;
const EMPTY_ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s*(?:\[[ xX]?\]\s*)?$/u;

/** Headings, empty list items and comments ask for nothing. */
export function isEffectivelyEmpty(markdown: string): boolean {
  return withoutComments(markdown).split(/\r\n|[\n\r]/u).every((line) => HEADING_OR_BLANK.test(line) || EMPTY_ITEM.test(line));
}

function withoutComments(text: string): string {
  let [kept, rest] = ["", text];
  for (let start = rest.indexOf("<!--"); start >= 0; start = rest.indexOf("<!--")) {
    const end = rest.indexOf("-->", start + 4);
    kept += rest.slice(0, start);
    if (end < 0) return kept;
    rest = rest.slice(end + 3);
  }
  return kept + rest;
}
