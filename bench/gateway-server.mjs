// The gateway as a program embeds it, on a prepared state folder, with an agent that says what a script asks for;
// measured for Prometheus, where a third argument says so.
import { createGateway } from "../dist/index.js";
import { MemoryChannel } from "../dist/testing/index.js";
import { serveDriver } from "./control.mjs";
import { parseScript, playScript } from "./script.mjs";

const [stateDir, token, measured] = process.argv.slice(2);
const metrics = measured === "measured" ? { metrics: await (await import("../dist/adapters/metrics/prometheus/index.js")).prometheusMetrics() } : {};

const agent = {
  configured: true,
  models: () => [],
  async *run({ message }) {
    for await (const delta of playScript(parseScript(message) ?? { size: 1, rounds: 1 })) yield { kind: "text", delta };
    yield { kind: "done" };
  },
};

const gateway = createGateway({ auth: { token }, stateDir, agent, channels: [new MemoryChannel()], ...metrics });
/** Whatever nodes offer is approved, as their owner would. */
async function approveNodes() {
  for await (const { requestId } of gateway.events("node.pair.requested")) await gateway.call("node.pair.approve", { requestId });
}

void approveNodes();
const { port } = await gateway.listen({ port: 0 });
serveDriver(port, () => void gateway.close().finally(() => process.exit()));
