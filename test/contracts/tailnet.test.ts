import { MemoryTailnet } from "../../src/adapters/tailnet/memory/index.js";
import { TailscaleTailnet } from "../../src/adapters/tailnet/tailscale/index.js";
import { tailnetContract, type TailnetRig } from "../../src/testing/contracts/tailnet.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { Tailscaled } from "../stand-ins/tailscaled.js";

const ADA = { address: "100.64.0.7", login: "ada@example.com" };

tailnetContract("memory", async () => {
  const tailnet = new MemoryTailnet({ [ADA.address]: ADA.login });
  return {
    tailnet,
    host: tailnet.host,
    member: ADA,
    reached: () => tailnet.opened && { mode: tailnet.opened.mode, port: tailnet.opened.port },
    occupy: async (port) => void (await tailnet.open({ mode: "serve", port, secure: false })),
    fail: () => void (tailnet.trouble = "The tailnet is down."),
    close: () => undefined,
  };
});

/** `socket`: whether the daemon's socket is where the adapter looks; without it, the program alone is asked. */
async function rig({ socket }: { readonly socket: boolean }): Promise<TailnetRig> {
  const daemon = await Tailscaled.start({ [ADA.address]: { login: ADA.login } });
  const env = { PATH: process.env["PATH"], TAILSCALED_SOCKET: daemon.socket };
  return {
    tailnet: new TailscaleTailnet({ clock: new HandClock(), env, program: Tailscaled.program, timeoutMs: { run: 60_000 }, ...(socket ? { socket: daemon.socket } : {}) }),
    host: daemon.host,
    member: ADA,
    reached: () => daemon.reached && { mode: daemon.reached.funnel ? "funnel" : "serve", port: Number(new URL(daemon.reached.target).port) },
    occupy: (port) => void (daemon.config = { TCP: { 443: { HTTPS: true } }, Web: { [`${daemon.host}:443`]: { Handlers: { "/": { Proxy: `http://127.0.0.1:${port}` } } } } }),
    fail: () => daemon.die(),
    close: () => daemon.stop(),
  };
}

tailnetContract("tailscale, by its daemon's socket", () => rig({ socket: true }));
tailnetContract("tailscale, by its program alone", () => rig({ socket: false }));
