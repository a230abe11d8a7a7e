/** What Control says. */
export const control = {
  title: "Control",
  views: "Views",
  loading: "Loading…",
  broken: "This view could not be loaded. Reload the page.",
  unknown: { title: "There is no such view", text: "Choose one of the list." },
  names: {
    overview: "Overview",
    pairing: "Pairing",
    devices: "Devices",
    channels: "Channels",
    nodes: "Nodes",
    cron: "Schedule",
    sessions: "Sessions",
    logs: "Logs",
    config: "Configuration",
    console: "Console",
  },
};
