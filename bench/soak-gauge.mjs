// Loaded into the daemon of a soak before its own code: on SIGUSR2 it collects garbage and writes what is alive. Resident
// memory alone says little of a process that may use as much as it likes: V8 collects when it sees fit.
import { renameSync, writeFileSync } from "node:fs";

const file = process.env.SOAK_GAUGE;
if (file !== undefined && globalThis.gc !== undefined) {
  process.on("SIGUSR2", () => {
    globalThis.gc();
    writeFileSync(`${file}.new`, JSON.stringify(process.memoryUsage()));
    renameSync(`${file}.new`, file);
  });
}
