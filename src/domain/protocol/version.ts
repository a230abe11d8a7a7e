/** The wire protocol generations this gateway speaks; a connection settles on one of them in its handshake. */
export const PROTOCOLS = [3, 4] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const CURRENT_PROTOCOL: Protocol = 4;
export const MIN_PROTOCOL: Protocol = 3;

/** Transport limits that `hello-ok.policy` announces. Sizes in bytes, times in milliseconds. */
export const POLICY = {
  maxPayload: 26_214_400,
  maxBufferedBytes: 52_428_800,
  tickIntervalMs: 30_000,
} as const;

/** The largest frame, in bytes, from a peer that has not been admitted yet. */
export const PREAUTH_MAX_PAYLOAD = 65_536;

/** The highest protocol inside the client's range, or `undefined` where the ranges do not meet. */
export function negotiateProtocol(min: number, max: number): Protocol | undefined {
  if (min <= 4 && max >= 4) return 4;
  if (min <= 3 && max >= 3) return 3;
  return undefined;
}
