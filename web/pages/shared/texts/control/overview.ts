/** What the overview says. */
export const overview = {
  lead: (host: string) => `The gateway on ${host}`,
  well: "All is well",
  trouble: (things: number) => `${things} ${things === 1 ? "channel needs" : "channels need"} a look`,
  waits: (things: number) => `${things} ${things === 1 ? "request waits" : "requests wait"} for you`,
  lookAt: (view: string) => `Look at ${view.toLowerCase()}`,
  figures: {
    uptime: "Up for",
    version: "Version",
    protocol: (protocol: number) => `protocol ${protocol}`,
    connections: "Connections",
    devices: (devices: number) => `${devices} ${devices === 1 ? "device" : "devices"}`,
    sessions: "Sessions",
    answer: "Answers in",
    answerHint: "there and back",
    loop: "Loop delay",
    loopHint: (most: string) => `${most} at most`,
    overloaded: "overloaded",
  },
  channels: { title: "Channels", none: "No channel is configured.", configure: "Configure one" },
  account: {
    configured: "Configured", linked: "Linked", connected: "Connected", sign: "Last heard", waiting: "Waiting to go out", never: "not yet", none: "nothing",
    yes: "yes", no: "no", lastError: "Last error",
    oldest: (messages: number, age: string) => `${messages}, the oldest for ${age}`,
  },
  connected: { title: "Connected now", you: "this browser", none: "Nobody is connected." },
  agents: { title: "Agents", sessions: (sessions: number) => `${sessions} ${sessions === 1 ? "session" : "sessions"}`, heartbeat: (every: string) => `heartbeat every ${every}`, noHeartbeat: "no heartbeat", standard: "default" },
  about: { title: "About this gateway", config: "Configuration file", state: "State folder", auth: "Signing in by", auth_none: "nothing" },
  states: {
    idle: "Stopped", linking: "Waits to be linked", connecting: "Connecting", live: "Live", degraded: "Live, with trouble", "backing-off": "Trying again soon", "needs-operator": "Needs you",
  } as Readonly<Record<string, string>>,
};
