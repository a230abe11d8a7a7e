// @ts-check
import { createClient, parseSetupCode } from "openclaw-gateway/client";

/**
 * Written in by the bundler. A page that took it from its own URL would hand its credentials to whoever wrote the link.
 * @type {string}
 */
const url = GATEWAY_URL;

/** @template {HTMLElement} E @param {string} id @param {new () => E} kind */
const element = (id, kind) => {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${id}`);
};

const [state, hint, answer] = [element("state", HTMLElement), element("hint", HTMLElement), element("answer", HTMLElement)];

/** @type {import("openclaw-gateway/client").Client | undefined} */
let client;

element("connect", HTMLFormElement).addEventListener("submit", async (event) => {
  event.preventDefault();
  await client?.stop();
  const secret = element("secret", HTMLInputElement).value;
  const shown = secret === "" ? {} : parseSetupCode(secret) ? { setupCode: secret } : { token: secret };
  client = createClient({ url, scopes: ["operator.read", "operator.write"], ...shown });
  client.onState((now) => {
    state.textContent = now.kind;
    if (now.kind === "paused") hint.textContent = now.hint;
    // The gateway's owner has to let this page in first; the client goes on asking.
    else if (now.kind === "waiting") hint.textContent = pairingOf(now.why) ?? now.why.message;
    else if (now.kind === "open") hint.textContent = "";
  });
  client.start();
});

element("ask", HTMLFormElement).addEventListener("submit", async (event) => {
  event.preventDefault();
  const message = element("message", HTMLInputElement).value;
  try {
    const run = await client?.call("agent", { message, sessionKey: "main" }, { expectFinal: true });
    if (run?.status === "ok") answer.textContent = run.result?.payloads.map(({ text }) => text ?? "").join("\n") ?? "";
  } catch (error) {
    answer.textContent = String(error);
  }
});

/** @param {Error & { pairing?: { command: string } | undefined }} why */
const pairingOf = ({ pairing }) => pairing && `On the gateway's host, run: ${pairing.command}`;
