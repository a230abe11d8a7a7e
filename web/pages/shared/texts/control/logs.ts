/** What the logs' view says. */
export const logs = {
  lead: (file: string) => `As it is written to ${file}`,
  empty: { title: "Nothing was logged yet", text: "What the gateway writes into its log shows here as it comes." },
  none: { title: "Nothing fits", text: "No line that was read fits the level and the text." },
  level: "From level",
  levels: [["trace", "Everything"], ["debug", "Debug"], ["info", "Info"], ["warn", "Warnings"], ["error", "Errors"]] as readonly (readonly [string, string])[],
  filter: "Text",
  pause: "Pause",
  resume: "Go on",
  paused: (lines: number) => (lines === 0 ? "Paused." : `Paused: ${lines} new.`),
  following: "Following.",
  clear: "Clear",
  lines: (shown: number, all: number) => (shown === all ? `${all} lines` : `${shown} of ${all} lines`),
  skipped: "Some lines were skipped, as there were too many at once.",
  anew: "The file was begun anew.",
  list: "Log lines, the newest last",
};
