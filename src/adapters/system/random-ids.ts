import { randomUUID } from "node:crypto";
import type { Ids } from "../../ports/ids.js";

/** Version-4 UUIDs from the operating system's random source. */
export class RandomIds implements Ids {
  uuid(): string {
    // Node joins it from twenty pieces, which stay in memory for as long as it is kept: ten times its length.
    return Buffer.from(randomUUID(), "latin1").toString("latin1");
  }
}
