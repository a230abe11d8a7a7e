import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileConfigSource } from "../../src/adapters/config/file/index.js";
import { givenSettings, StaticConfig } from "../../src/app/compose/static-config.js";
import { configSourceContract } from "../../src/testing/contracts/config-source.js";

const secret = "a-secret-of-this-suite";

configSourceContract("given by a program", () =>
  Promise.resolve({ source: new StaticConfig(givenSettings({ auth: { token: secret } })), secret, editable: false, dispose: () => Promise.resolve() }));

configSourceContract("file", async () => {
  const stateDir = await mkdtemp(join(tmpdir(), "config-source-"));
  await writeFile(join(stateDir, "openclaw.json"), JSON.stringify({ gateway: { auth: { token: secret } } }), { mode: 0o600 });
  return { source: await FileConfigSource.open({ stateDir, env: {} }), secret, editable: true, dispose: () => rm(stateDir, { recursive: true }) };
});
