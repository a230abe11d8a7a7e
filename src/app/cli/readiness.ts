const TRIES = 120;
const PAUSE_MS = 250;
const ANSWER_MS = 2_000;

/** Waits until a gateway on this host says that it serves. `false` after half a minute. */
export async function awaitReady(url: string, stillWorthIt: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (await isReady(url)) return true;
    if (!(await stillWorthIt())) return false;
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS);
    });
  }
  return false;
}

/** Asks `/readyz` beside a `ws://` or `wss://` address. No secret is sent, so whose certificate it is does not matter. */
async function isReady(url: string): Promise<boolean> {
  const { protocol, host } = new URL(url);
  const { get } = protocol === "wss:" ? await import("node:https") : await import("node:http");
  return new Promise((resolve) => {
    const options = { timeout: ANSWER_MS, rejectUnauthorized: false };
    const request = get(`${protocol === "wss:" ? "https" : "http"}://${host}/readyz`, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
