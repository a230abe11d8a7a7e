import type { Capabilities } from "./capabilities.js";
import { DEAF, type Setback } from "./failures.js";
import { pause } from "../pause.js";
import { heartbeat, type Session } from "./session.js";

const HEARTBEAT_MS = 60_000;

/**
 * Asks from time to time whether imsg still works, and whether it has told of the newest message. Returns what is wrong;
 * `undefined` once the session is over.
 */
export async function watchOver(session: Session, onBeat: (bridge: Capabilities) => void): Promise<Setback | undefined> {
  const { clock, cursor, over } = session;
  let missed: number | undefined;
  for (;;) {
    await pause(clock, HEARTBEAT_MS, over);
    if (over.aborted) return undefined;
    const beat = await heartbeat(session);
    if (over.aborted) return undefined;
    if ("state" in beat) return beat;
    onBeat(beat.bridge);
    const { newest } = beat;
    const isBehind = newest !== undefined && newest > (cursor.rowid ?? 0) && !cursor.isForgiven(newest);
    // Twice in a row, since it may just have come. Once, since some rows are never told.
    if (isBehind && missed === newest) {
      cursor.forgive(newest);
      return DEAF;
    }
    missed = isBehind ? newest : undefined;
  }
}
