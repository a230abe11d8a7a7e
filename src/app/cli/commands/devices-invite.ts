import type { ResultOf } from "../../../domain/protocol/catalog.js";
import { withGateway } from "../connection.js";
import type { ConnectionFlags } from "../flags.js";
import { EXIT, type CliIo } from "../io.js";
import { cell, printJson, printLine } from "../output.js";

interface InviteFlags extends ConnectionFlags {
  readonly address?: string;
  readonly profile?: "limited" | "full" | "node";
  /** `--no-qr` makes it false. */
  readonly qr?: boolean;
}

type Invite = ResultOf<"device.pair.setupCode">;

const ACCESS: Readonly<Record<string, string>> = {
  limited: "chat, approve commands and serve as a node, but not administer",
  full: "do everything, administering included",
  node: "serve as a node",
};

/** A setup code: as text to paste, and as a QR code to scan from the terminal. */
export async function run(io: CliIo, flags: InviteFlags): Promise<number> {
  const { address, profile } = flags;
  const params = { ...(address === undefined ? {} : { publicUrl: address }), ...(profile === undefined ? {} : { bootstrapProfile: profile }) };
  const invite = await withGateway(io, flags, (client, timeoutMs) =>
    client.call("device.pair.setupCode", { ...params, includeQr: flags.json === true && flags.qr !== false }, { timeoutMs }),
  );
  if (flags.json) printJson(io.stdout, invite);
  else printLine(io.stdout, [...(flags.qr === false ? [] : [await terminalQr(invite.setupCode)]), ...explain(invite, io.now())].join("\n"));
  return EXIT.ok;
}

async function terminalQr(text: string): Promise<string> {
  const { renderUnicodeCompact } = await import("uqr");
  return `${renderUnicodeCompact(text, { border: 2 })}\n`;
}

function explain(invite: Invite, now: number): string[] {
  const minutes = Math.max(1, Math.round(((invite.expiresAtMs ?? now) - now) / 60_000));
  const here = /^wss?:\/\/(?:127\.|localhost|\[::1\])/.test(invite.gatewayUrl);
  return [
    cell(invite.setupCode, 4096),
    "",
    `For one device, within ${minutes} min. It connects to ${cell(invite.gatewayUrl, 512)} and may ${ACCESS[invite.access ?? "limited"] ?? "do what its profile says"}.`,
    ...(invite.access === "node" ? [] : [`For another command line: openclaw devices join${invite.access === "full" ? " --profile full" : ""} <the code>`]),
    ...(here ? ["That address works on this host only: name one that the device can reach with --address <url>."] : []),
  ];
}
