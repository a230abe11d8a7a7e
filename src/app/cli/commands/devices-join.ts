import type { GatewayClient, SetupCodeFacts } from "../../../client/index.js";
import { grantOf } from "../../../domain/pairing/invite.js";
import { DEFAULT_TIMEOUT_MS, identify } from "../connection.js";
import { explainConnect } from "../explain.js";
import type { ConnectionFlags } from "../flags.js";
import { EXIT, usageFailure, type CliIo } from "../io.js";
import { gatewayVariable, stateDirOf } from "../local-config.js";
import { cell, printJson, printLine } from "../output.js";
import type { Target } from "../target.js";

interface JoinFlags extends ConnectionFlags {
  readonly profile?: "limited" | "full";
}

interface Joining {
  readonly code: string;
  readonly facts: SetupCodeFacts;
  readonly target: Target;
}

/** Pairs this command line with a gateway elsewhere, by the setup code that `devices invite` made there. */
export async function run(io: CliIo, flags: JoinFlags, [code = ""]: readonly string[]): Promise<number> {
  const { parseSetupCode } = await import("../../../client/index.js");
  const facts = parseSetupCode(code);
  if (!facts) throw usageFailure("That is no setup code.", ["Copy all of it, as `openclaw devices invite` prints it on the gateway's host."]);
  const pin = flags.tlsFingerprint ?? facts.tlsFingerprint;
  const target: Target = {
    kind: "flag",
    url: flags.url ?? facts.urls[0] ?? "",
    allowPrivate: gatewayVariable(io.env, "ALLOW_INSECURE_PRIVATE_WS") === "1",
    stateDir: stateDirOf(io),
    allowReadable: gatewayVariable(io.env, "ALLOW_READABLE_SECRETS") === "1",
    ...(pin === undefined ? {} : { tlsFingerprint: pin }),
  };
  const client = await join(io, flags, { code, facts, target }).catch((error: unknown) => {
    throw explainConnect(error, target, io.now());
  });
  try {
    report(io, flags, { client, pin });
  } finally {
    await client.close();
  }
  return EXIT.ok;
}

async function join(io: CliIo, flags: JoinFlags, { code, target }: Joining): Promise<GatewayClient> {
  const { connectClient } = await import("../../../client/index.js");
  const { identity, credentials, client } = await identify(io, target);
  return await connectClient({
    setupCode: code,
    identity,
    // Whoever brings a code wants what it opens, whatever this device had before.
    credentials: { load: async () => undefined, save: (token) => credentials.save(token), clear: (...slot) => credentials.clear(...slot) },
    client: { ...client, mode: "cli" },
    scopes: grantOf(flags.profile ?? "limited").scopes,
    connectTimeoutMs: flags.timeout ?? DEFAULT_TIMEOUT_MS,
    allowPrivateNetwork: target.allowPrivate,
    ...(flags.url === undefined ? {} : { url: flags.url }),
    ...(flags.tlsFingerprint === undefined ? {} : { tlsFingerprint: flags.tlsFingerprint }),
  });
}

function report(io: CliIo, flags: JoinFlags, { client, pin }: { client: GatewayClient; pin: string | undefined }): void {
  const { url } = client.endpoint;
  const scopes = client.hello.auth?.scopes ?? [];
  if (flags.json) return printJson(io.stdout, { ok: true, url, role: "operator", scopes, ...(pin === undefined ? {} : { tlsFingerprint: pin }) });
  printLine(io.stdout, `Paired with ${cell(url, 512)}. This device may: ${cell(scopes.join(", "), 300)}.`);
  for (const line of howToGoOn(url, pin)) printLine(io.stdout, line);
}

/** People paste commands into a shell, so an address that a shell would read as more than that is in none of them. */
function howToGoOn(url: string, pin: string | undefined): readonly string[] {
  if (!/^wss?:\/\/[\w.:[\]/-]+$/i.test(url)) return ["Name that address with --url, or as gateway.remote.url in the configuration."];
  return [
    "To make it the gateway of every command here:",
    "  openclaw config set gateway.mode remote",
    `  openclaw config set gateway.remote.url '${url}'`,
    ...(pin === undefined ? [] : [`  openclaw config set gateway.remote.tlsFingerprint '${pin}'`]),
    `Or name it each time: --url '${url}'${pin === undefined ? "" : ` --tls-fingerprint ${pin}`}`,
  ];
}
