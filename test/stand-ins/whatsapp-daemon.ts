import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FileRecordStore } from "../../src/adapters/storage/file/file-record-store.js";
import { parseNote } from "../../src/domain/messaging/stored-records.js";
import { seed } from "./whatsapp-rig.js";
import type { WhatsappServer } from "./whatsapp-server.js";

/** A state folder of a gateway that was linked some time ago, and what its process needs to take the stand-in for WhatsApp. */
export interface WhatsappHome {
  readonly stateDir: string;
  readonly credentials: string;
  readonly env: Record<string, string>;
  remove(): Promise<void>;
}

export async function whatsappHome(server: WhatsappServer, section: Readonly<Record<string, unknown>> = {}): Promise<WhatsappHome> {
  const stateDir = await mkdtemp(join(tmpdir(), "gateway-whatsapp-"));
  await writeFile(join(stateDir, "openclaw.json"), JSON.stringify({ agents: { defaults: { runtime: "echo" } }, channels: { whatsapp: { url: server.url, dmPolicy: "open", ...section } } }), { mode: 0o600 });
  const trust = await linkedBefore(server, stateDir);
  return {
    stateDir,
    credentials: credentialsIn(stateDir),
    env: { PATH: process.env["PATH"] ?? "", HOME: stateDir, OPENCLAW_STATE_DIR: stateDir, ...trust },
    remove: () => rm(stateDir, { recursive: true, force: true }),
  };
}

const credentialsIn = (stateDir: string): string => join(stateDir, "credentials", "whatsapp-default.jsonl");

/** Puts there what an account has that was linked some time ago, and tells which environment its gateway needs. */
export async function linkedBefore(server: WhatsappServer, stateDir: string, keyCount?: number): Promise<Record<string, string>> {
  const certificate = join(stateDir, "stand-in.pem");
  await writeFile(certificate, server.media.certificate);
  await seed(storeAt(credentialsIn(stateDir)), server.world.account.linkedBefore(keyCount));
  return {
    NODE_OPTIONS: `--import ${pathToFileURL(join(process.cwd(), "test", "stand-ins", "whatsapp-trust.mjs")).href}`,
    NODE_EXTRA_CA_CERTS: certificate,
    WHATSAPP_STAND_IN_ROOT: Buffer.from(server.identity.root.public).toString("hex"),
  };
}

export const storeAt = (path: string): FileRecordStore<string> => new FileRecordStore({ path, parse: parseNote });
