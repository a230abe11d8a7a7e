import { dialOf, parseHint, type GatewayHint } from "../../../domain/discovery/gateway-service.js";
import type { JsonFlag } from "../flags.js";
import { EXIT, type CliIo } from "../io.js";
import { cell, printJson, printLine, renderTable } from "../output.js";

const TIMEOUT_MS = 2_000;
const MOST = 100;

/** Shows which gateways say that they are on the local network. Nothing of it is kept, and nothing dialled. */
export async function run(io: CliIo, { timeout = TIMEOUT_MS, json }: JsonFlag & { readonly timeout?: number }): Promise<number> {
  const browse = io.browse ?? (await import("../browse.js")).browse;
  const found = (await browse(timeout)).map(parseHint).filter((hint) => hint !== undefined).slice(0, MOST);
  const gateways = found.sort((a, b) => a.name.localeCompare(b.name));
  if (json) printJson(io.stdout, { gateways: gateways.map((hint) => ({ ...hint, url: dialOf(hint) })), trusted: false });
  else print(io, gateways);
  return EXIT.ok;
}

function print(io: CliIo, gateways: readonly GatewayHint[]): void {
  if (gateways.length === 0) {
    printLine(io.stdout, "No gateway announces itself on this network.");
    printLine(io.stdout, "  One does where gateway.bind lets others reach it and discovery.mdns.mode is not \"off\".");
    return;
  }
  const rows = gateways.map((hint) => [cell(hint.name), cell(dialOf(hint), 80), cell(hint.host, 60), hint.claimedFingerprint === undefined ? "-" : cell(hint.claimedFingerprint, 64)]);
  io.stdout.write(renderTable(["NAME", "ADDRESS", "HOST", "SAID FINGERPRINT"], rows));
  printLine(io.stdout, "Anybody on this network can say anything of the kind. Compare a fingerprint with what");
  printLine(io.stdout, "\"openclaw gateway status\" shows on the gateway's host before you pass it as --tls-fingerprint.");
}
