// Beside a soak, a process with nothing to do: how late its loop is and how long one small write to the disk takes is
// this machine's doing, and no gateway's.
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";

const SLEEP_MS = 5;
const WRITE_MS = 500;
const LINE = Buffer.alloc(400, "x");

const folder = mkdtempSync(join(tmpdir(), "soak-idle-"));
const file = await open(join(folder, "writes"), "w");
const writes = [];
const over = new AbortController();
process.once("message", () => over.abort());
const delay = monitorEventLoopDelay({ resolution: SLEEP_MS });
delay.enable();
while (!over.signal.aborted) {
  const began = performance.now();
  await file.write(LINE);
  await file.datasync();
  writes.push(performance.now() - began);
  await pause(WRITE_MS);
}
const ms = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - SLEEP_MS);
await file.close();
rmSync(folder, { recursive: true });
process.send({ loop: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) }, writes });
process.disconnect();
