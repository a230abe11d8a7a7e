/** The name under which a gateway is known to a host's supervisor, in OpenClaw's spelling: clients look for it. */
export interface ServiceName {
  readonly systemd: string;
  readonly launchd: string;
}

const PROFILE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** A profile's name, or `undefined` where none is meant. What is no name at all counts as none: it becomes part of paths. */
export const profileOf = (text: string | undefined): string | undefined =>
  text !== undefined && PROFILE.test(text) && text.toLowerCase() !== "default" ? text : undefined;

export const serviceName = (profile: string | undefined): ServiceName =>
  profile === undefined
    ? { systemd: "openclaw-gateway", launchd: "ai.openclaw.gateway" }
    : { systemd: `openclaw-gateway-${profile}`, launchd: `ai.openclaw.${profile}` };

/** The folder in a user's home in which a gateway keeps what it knows: one for each profile. */
export const stateFolderName = (profile: string | undefined): string => (profile === undefined ? ".openclaw" : `.openclaw-${profile}`);
