// How the driver talks to the servers it started: over the channel that `fork` makes, never over the measured socket.

/** In a server: tells the driver that it listens, and answers it until it lets go. */
export function serveDriver(port, close) {
  if (process.send === undefined) return;
  process.on("message", (asked) => {
    if (asked === "heap") process.send({ heap: heapAfterCollection() });
  });
  process.on("disconnect", () => close());
  process.send({ port });
}

/** Bytes of live objects. What only a second collection frees was kept by finalizers of the first. */
function heapAfterCollection() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
