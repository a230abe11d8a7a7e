#!/usr/bin/env node
import { homedir } from "node:os";
import type { CliIo } from "./io.js";
import { loadDaemon } from "./load-daemon.js";
import { loadSupervision } from "./load-supervision.js";
import { loadNode } from "./load-node.js";
import { main } from "./main.js";

const io: CliIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  home: homedir(),
  now: Date.now,
  onInterrupt(listener) {
    process.on("SIGINT", listener);
    return () => process.off("SIGINT", listener);
  },
  loadDaemon,
  loadSupervision,
  loadNode,
};

// `openclaw logs | head` closes the pipe early: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await main(process.argv.slice(2), io);
