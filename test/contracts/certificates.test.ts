import { expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { GivenCertificates } from "../../src/adapters/tls/given/index.js";
import { PemCertificates } from "../../src/adapters/tls/pem-files/index.js";
import { SelfSignedCertificates } from "../../src/adapters/tls/self-signed/index.js";
import { certificatesContract, type Pair } from "../../src/testing/contracts/certificates.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { selfSigned } from "../app/certificate.js";

const LOOK_MS = 15_000;
const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "certificates-"));
const pathsIn = (dir: string) => ({ certPath: join(dir, "cert.pem"), keyPath: join(dir, "key.pem") });

async function write(dir: string, { cert, key }: Pair): Promise<void> {
  await writeFile(join(dir, "cert.pem"), cert);
  await writeFile(join(dir, "key.pem"), key, { mode: 0o600 });
}

/** Lets a source look twice, each time until it has planned its next look: reading files takes as long as it takes. */
async function look(clock: HandClock): Promise<void> {
  for (let times = 0; times < 2; times += 1) {
    if (clock.pending === 0) return;
    clock.advance(LOOK_MS);
    while (clock.pending === 0) await wait(1);
  }
}

certificatesContract("given", selfSigned, (first) => {
  const certificates = new GivenCertificates(first);
  return Promise.resolve({ certificates, replace: (pair) => Promise.resolve(certificates.replace(pair)), dispose: () => Promise.resolve() });
});

certificatesContract("PEM files", selfSigned, async (first) => {
  const dir = await folder();
  await write(dir, first);
  const clock = new HandClock();
  return {
    certificates: new PemCertificates(pathsIn(dir), clock),
    replace: async (pair) => {
      await write(dir, pair);
      await look(clock);
    },
    dispose: () => rm(dir, { recursive: true, force: true }),
  };
});

certificatesContract("self-signed", selfSigned, async () => {
  const dir = await folder();
  const clock = new HandClock();
  const paths = pathsIn(dir);
  return {
    certificates: new SelfSignedCertificates({ ...paths, names: ["localhost", "127.0.0.1", "::1"], clock, files: new PemCertificates(paths, clock) }),
    replace: async (pair) => {
      await write(dir, pair);
      await look(clock);
    },
    dispose: () => rm(dir, { recursive: true, force: true }),
  };
});

test("a renewal that turns a symbolic link around is noticed, and one that is half done is not complained about", async () => {
  const dir = await folder();
  const clock = new HandClock();
  const [first, second] = [selfSigned(), selfSigned()];
  for (const [name, pair] of [["1", first], ["2", second]] as const) {
    await mkdir(join(dir, name));
    await write(join(dir, name), pair);
  }
  await symlink(join(dir, "1"), join(dir, "live"));
  const certificates = new PemCertificates(pathsIn(join(dir, "live")), clock);
  await certificates.current();
  const heard: string[] = [];
  const end = certificates.watch(({ fingerprint }) => heard.push(fingerprint), (reason) => heard.push(reason));
  await writeFile(join(dir, "1", "cert.pem"), second.cert);
  clock.advance(LOOK_MS);
  while (clock.pending === 0) await wait(1);
  expect(heard).toEqual([]);
  await symlink(join(dir, "2"), join(dir, "next"));
  await rename(join(dir, "next"), join(dir, "live"));
  await look(clock);
  expect(heard).toEqual([new X509Certificate(second.cert).fingerprint256.replaceAll(":", "").toLowerCase()]);
  end();
  expect(clock.pending).toBe(0);
  await rm(dir, { recursive: true });
});

test("what lies in the files is judged, and each refusal names the file and what to do", async () => {
  const dir = await folder();
  const paths = pathsIn(dir);
  const served = (): Promise<unknown> => new PemCertificates(paths, new HandClock()).current();
  await expect(served()).rejects.toMatchObject({ name: "CertificateError", message: `${paths.keyPath} cannot be read (ENOENT).` });
  await write(dir, selfSigned());
  await chmod(paths.keyPath, 0o604);
  await expect(served()).rejects.toThrow("chmod o=");
  await expect(new PemCertificates({ ...paths, allowReadableKey: true }, new HandClock()).current()).resolves.toBeDefined();
  await chmod(paths.keyPath, 0o640);
  await expect(served()).resolves.toBeDefined();
  await writeFile(paths.keyPath, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
  await expect(served()).rejects.toThrow("passphrase");
  await writeFile(paths.keyPath, "canary");
  await expect(served()).rejects.toThrow(/key\.pem does not hold a private key(?!.*canary)/);
  await writeFile(paths.certPath, "canary");
  await expect(served()).rejects.toThrow(/cert\.pem does not begin with a certificate(?!.*canary)/);
  await rm(dir, { recursive: true });
});

test("a pair of its own is made once, private, for every name it is dialled by, and half of one is not replaced", async () => {
  const dir = await folder();
  const clock = new HandClock();
  const paths = pathsIn(join(dir, "gateway", "tls"));
  const source = () => new SelfSignedCertificates({ ...paths, names: ["localhost", "192.0.2.7", "::1"], clock, files: new PemCertificates(paths, clock) });
  const { fingerprint, cert } = await source().current();
  const leaf = new X509Certificate(cert);
  expect(leaf.checkHost("localhost")).toBe("localhost");
  expect(leaf.checkIP("192.0.2.7")).toBe("192.0.2.7");
  expect(leaf.checkIP("::1")).toBeDefined();
  expect(leaf.ca).toBe(false);
  for (const path of Object.values(paths)) expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(dir, "gateway", "tls"))).mode & 0o777).toBe(0o700);
  expect((await source().current()).fingerprint).toBe(fingerprint);
  const kept = await readFile(paths.keyPath, "utf8");
  await rm(paths.certPath);
  await expect(source().current()).rejects.toThrow(/cert\.pem is missing, while .*key\.pem is there/);
  expect(await readFile(paths.keyPath, "utf8")).toBe(kept);
  await rm(dir, { recursive: true });
});
