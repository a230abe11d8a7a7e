export type Environment = Readonly<Record<string, string | undefined>>;

/** What any program needs to find its files and to write in the right language. */
const PASSED_ON = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"] as const;

const OF_THE_GATEWAY = /^(?:OPENCLAW|CLAWDBOT)_/iu;

/**
 * The agent's whole environment. The gateway's own is full of other people's keys, so nothing of it is passed on but
 * what is listed here; its own variables are not, whoever asks for them.
 */
export const agentEnvironment = (own: Environment, given: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const passed = PASSED_ON.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]] as const]));
  return Object.fromEntries([...passed, ...Object.entries(given)].filter(([name]) => !OF_THE_GATEWAY.test(name)));
};
