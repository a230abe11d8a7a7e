import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { absolute, type FileConfigSource } from "../../adapters/config/file/index.js";
import { PemCertificates } from "../../adapters/tls/pem-files/index.js";
import { SelfSignedCertificates } from "../../adapters/tls/self-signed/index.js";
import type { Certificates } from "../../ports/certificates.js";
import type { Clock } from "../../ports/clock.js";

interface Place {
  readonly config: FileConfigSource;
  readonly stateDir: string;
  readonly allowReadableSecrets: boolean;
}

/** What `gateway.tls` asks for: the files it names, or a pair of the gateway's own in the state folder. `undefined` where it is off. */
export function chooseCertificates({ config, stateDir, allowReadableSecrets }: Place, clock: Clock): Certificates | undefined {
  const { tls } = config.listen();
  if (tls === undefined) return undefined;
  const path = (given: string | undefined, own: string): string => (given === undefined ? join(stateDir, "gateway", "tls", own) : absolute(given, config.env()));
  const certPath = path(tls.certPath, "gateway-cert.pem");
  const keyPath = path(tls.keyPath, "gateway-key.pem");
  const files = new PemCertificates(
    { certPath, keyPath, allowReadableKey: allowReadableSecrets, ...(tls.caPath === undefined ? {} : { chainPath: path(tls.caPath, "") }) },
    clock,
  );
  return tls.autoGenerate ? new SelfSignedCertificates({ certPath, keyPath, names: ownNames(), clock, files }) : files;
}

/** By which others may dial this host. */
function ownNames(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address.split("%", 1)[0] ?? ""));
  const name = hostname();
  return [...new Set(["localhost", "127.0.0.1", "::1", name, `${name}.local`, ...addresses.filter((address) => address !== "")])];
}
