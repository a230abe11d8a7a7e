/** What the list of waiting approvals says. */
export const approvals = {
  lead: "Programs that wait for your word before they run.",
  empty: { title: "Nothing waits", text: "When the assistant wants to run a program that nobody allowed yet, the question shows here." },
  once: "Allow once",
  onceOf: (command: string) => `Allow once: ${command}`,
  always: "Always allow",
  alwaysOf: (command: string) => `Always allow: ${command}`,
  deny: "Deny",
  denyOf: (command: string) => `Deny: ${command}`,
  decided: { "allow-once": "It runs, this once.", "allow-always": "It runs, and will not be asked about again.", deny: "It does not run." },
  until: (time: string) => `Denied by itself ${time}`,
  confirm: { title: "Always allow this program?", text: "Whatever runs it from then on is not asked about, whatever its arguments.", action: "Always allow" },
  facts: { node: "Where", program: "Program", folder: "Folder", agent: "Agent", session: "Session", variables: "Variables it brings" },
  host: "this gateway's host",
};
