// What the kernel says of a process: its own words would cost it CPU time.
import { readFileSync } from "node:fs";

// What user space is told is counted in hundredths of a second on every Linux, whatever the kernel's own clock.
const TICKS_PER_SECOND = 100;

/** User and system time of a whole process so far, in seconds. Steps of 10 ms: measure over at least a second of it. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the name in parentheses, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Memory that is resident now, in bytes. */
export function residentBytes(pid) {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

/** Soft limit on open files of this process and of those it starts. */
export function openFileLimit() {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  return limit === "unlimited" ? Number.POSITIVE_INFINITY : Number(limit);
}
