import type { Connection } from "../shared/connection.js";

const starts = new WeakMap<Connection, number>();

/** Notes with each connection when the gateway began, by this browser's clock. */
export function watchVitals(connection: Connection): void {
  connection.state.onChange((status) => {
    if (status.kind === "open") starts.set(connection, Date.now() - status.hello.snapshot.uptimeMs);
  });
}

/** In milliseconds; `undefined` before the first connection. */
export function uptimeOf(connection: Connection): number | undefined {
  const start = starts.get(connection);
  return start === undefined ? undefined : Math.max(0, Date.now() - start);
}
