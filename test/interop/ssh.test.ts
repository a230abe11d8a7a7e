import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-port.js";
import { FrontDoor, TOKEN } from "../support/front-door.js";
import { isInstalled, listens, programOf } from "../support/reverse-proxy.js";
import { Terminal, type Ran } from "../support/terminal.js";

// Debian's own sshd on a free port, with keys that are thrown away, and the ssh program as the user has it.

const isHere = isInstalled("sshd");

(isHere ? describe : describe.skip)("gateway probe --ssh", () => {
  let dir: string;
  let sshd: ChildProcess;
  let port: number;
  let door: FrontDoor;
  let terminal: Terminal;
  const file = (name: string): string => join(dir, name);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "sshd-"));
    port = await freePort();
    for (const name of ["host_key", "user_key", "other_key"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file(name)]);
    await writeFile(file("authorized_keys"), await readFile(file("user_key.pub")));
    await writeFile(file("known_hosts"), `[127.0.0.1]:${port} ${await readFile(file("host_key.pub"), "utf8")}`);
    await writeFile(file("sshd_config"), [
      `Port ${port}`, "ListenAddress 127.0.0.1", `HostKey ${file("host_key")}`, "PidFile none", `AuthorizedKeysFile ${file("authorized_keys")}`,
      "StrictModes no", "UsePAM no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin yes", "",
    ].join("\n"));
    await sshConfig("ssh_config", { key: "user_key" });
    await sshConfig("stranger", { key: "other_key" });
    await writeFile(file("nobody"), "");
    await sshConfig("unknown_host", { key: "user_key", knownHosts: "nobody" });
    // Where sshd, run by root, locks up what has not been let in yet.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    sshd = spawn(programOf("sshd"), ["-D", "-e", "-f", file("sshd_config")], { stdio: "ignore" });
    await listens(port, sshd);
    door = await FrontDoor.open();
    terminal = await Terminal.open();
  }, 60_000);

  afterAll(async () => {
    await terminal.close();
    await door.close();
    sshd.kill();
    await once(sshd, "exit");
    await rm(dir, { recursive: true, force: true });
  });

  const sshConfig = (name: string, { key, knownHosts = "known_hosts" }: { key: string; knownHosts?: string }) =>
    writeFile(file(name), `Host *\n  IdentityFile ${file(key)}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile ${file(knownHosts)}\n  GlobalKnownHostsFile none\n`);

  const probe = (config: string, ...more: readonly string[]): Promise<Ran> =>
    terminal.run(["gateway", "probe", "--ssh", `${userInfo().username}@127.0.0.1:${port}`, "--ssh-config", file(config), "--timeout", "30000", "--json", ...more]);
  const report = (ran: Ran): unknown => JSON.parse(ran.out);

  test("reaches the gateway on the other host's loopback, is let in, and says how it was", async () => {
    const ran = await probe("ssh_config", "--gateway-port", String(door.port), "--token", TOKEN);
    expect(report(ran)).toMatchObject({
      ok: true, reachable: true, ssh: `${userInfo().username}@127.0.0.1`, connectMs: expect.any(Number), latencyMs: expect.any(Number),
      handshake: { ok: true, scopes: ["operator.read"] }, protocol: 4, version: expect.any(String), calls: { health: { ok: true } },
    });
    expect((await terminal.run(["gateway", "probe", "--ssh", `127.0.0.1:${port}`, "--ssh-config", file("ssh_config"), "--timeout", "30000", "--gateway-port", String(door.port), "--token", TOKEN])).out)
      .toMatch(/^Gateway probe: ws:\/\/127\.0\.0\.1:\d+ \(through ssh to 127\.0\.0\.1\)\nReachable: yes, connected in \d+ ms\nHandshake: ok \(protocol 4, version \S+\)\nLatency: [\d.]+ ms\n/);
  }, 60_000);

  test("a gateway that refuses is reached; configured secrets do not travel", async () => {
    const ran = await terminal.run(
      ["gateway", "probe", "--ssh", `127.0.0.1:${port}`, "--ssh-config", file("ssh_config"), "--gateway-port", String(door.port), "--timeout", "30000", "--json"],
      { env: { OPENCLAW_GATEWAY_TOKEN: TOKEN } },
    );
    expect([ran.code, report(ran)]).toEqual([1, expect.objectContaining({ ok: false, reachable: true, error: expect.objectContaining({ code: "AUTH_TOKEN_MISSING" }) })]);
  }, 60_000);

  test.each([
    ["no gateway at that port", "ssh_config", /no gateway answers/],
    ["a key that nobody knows there", "stranger", /does not let this user in/],
    ["a host that this user does not know", "unknown_host", /does not know the key/],
  ])("%s: says which of the two ways failed", async (_title, config, message) => {
    const ran = await probe(config, "--gateway-port", String(await freePort()), "--token", TOKEN);
    expect([ran.code, report(ran)]).toEqual([75, expect.objectContaining({ ok: false, reachable: false, error: expect.objectContaining({ code: "SSH_FAILED", message: expect.stringMatching(message) }) })]);
    // Nothing was accepted in passing.
    expect(await readFile(file("nobody"), "utf8")).toBe("");
  }, 60_000);
});

describe("without a tunnel", () => {
  test.each([["-oProxyCommand=id"], ["a b"], ["host:0"], ["host:70000"], ["user@"], ["@host"], ["host;id"], ["user@-host"], ["$(id)"], [""]])("--ssh %j is wrong usage", async (target) => {
    const terminal = await Terminal.open();
    expect((await terminal.run(["gateway", "probe", `--ssh=${target}`])).code).toBe(2);
    await terminal.close();
  });

  test("no ssh program: says so", async () => {
    const terminal = await Terminal.open();
    const { code, out } = await terminal.run(["gateway", "probe", "--ssh", "somewhere", "--token", "t", "--json"], { env: { PATH: "/nowhere" } });
    expect([code, JSON.parse(out)]).toEqual([1, expect.objectContaining({ ok: false, reachable: false, error: expect.objectContaining({ code: "NO_SSH" }) })]);
    await terminal.close();
  });
});
