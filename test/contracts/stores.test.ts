import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FileLogTail } from "../../src/adapters/log/file/file-log-tail.js";
import { RollingLogFile } from "../../src/adapters/log/file/rolling-log-file.js";
import { FileDeviceStore } from "../../src/adapters/storage/file/file-device-store.js";
import { FileExecApprovals } from "../../src/adapters/storage/file/file-exec-approvals.js";
import { FileHostLock } from "../../src/adapters/storage/file/file-host-lock.js";
import { FileMediaStore } from "../../src/adapters/storage/file/file-media-store.js";
import { FileRecordStore } from "../../src/adapters/storage/file/file-record-store.js";
import { FileSessionStore } from "../../src/adapters/storage/file/file-session-store.js";
import { FileTokenVault } from "../../src/adapters/storage/file/file-token-vault.js";
import { MemoryDeviceStore } from "../../src/adapters/storage/memory/memory-device-store.js";
import { MemoryExecApprovals } from "../../src/adapters/storage/memory/memory-exec-approvals.js";
import { MemoryHostLock, type MemoryLockCell } from "../../src/adapters/storage/memory/memory-host-lock.js";
import { MemoryLogTail } from "../../src/adapters/storage/memory/memory-log-tail.js";
import { MemoryMediaStore } from "../../src/adapters/storage/memory/memory-media-store.js";
import { MemoryRecordStore } from "../../src/adapters/storage/memory/memory-record-store.js";
import { MemorySessionStore } from "../../src/adapters/storage/memory/memory-session-store.js";
import { MemoryTokenVault } from "../../src/adapters/storage/memory/memory-token-vault.js";
import { epochMs } from "../../src/domain/moment.js";
import { expect, test } from "@jest/globals";
import { FileInviteStore } from "../../src/adapters/storage/file/file-invite-store.js";
import { MemoryInviteStore } from "../../src/adapters/storage/memory/memory-invite-store.js";
import { inviteStoreContract } from "../../src/testing/contracts/invite-store.js";
import { deviceStoreContract } from "../../src/testing/contracts/device-store.js";
import { execApprovalsContract } from "../../src/testing/contracts/exec-approvals-store.js";
import { hostLockContract } from "../../src/testing/contracts/host-lock.js";
import { logTailContract } from "../../src/testing/contracts/log-tail.js";
import { mediaStoreContract } from "../../src/testing/contracts/media-store.js";
import { parseRecordSample, recordStoreContract, type RecordSample } from "../../src/testing/contracts/record-store.js";
import { sessionStoreContract } from "../../src/testing/contracts/session-store.js";
import { tokenVaultContract } from "../../src/testing/contracts/token-vault.js";
import { HandClock } from "../../src/testing/hand-clock.js";

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "stores-"));
const remove = (dir: string): Promise<void> => rm(dir, { recursive: true, force: true });
const now = (): ReturnType<typeof epochMs> => epochMs(1_700_000_000_000);

inviteStoreContract("memory", async () => {
  const store = new MemoryInviteStore();
  return { store, reopen: () => Promise.resolve(store), dispose: () => Promise.resolve() };
});

inviteStoreContract("file", async () => {
  const dir = await folder();
  const open = async (): Promise<FileInviteStore> => {
    const store = new FileInviteStore({ dir });
    await store.open();
    return store;
  };
  return { store: await open(), reopen: open, dispose: () => remove(dir) };
});

test("a damaged file of invites is an error that names it, and stays as it is", async () => {
  const dir = await folder();
  await new FileInviteStore({ dir }).open();
  const file = join(dir, "devices", "invites.json");
  for (const text of ["", "{", '{"a":{"setupId":"s","profile":"owner","createdAtMs":1,"expiresAtMs":2}}']) {
    await writeFile(file, text);
    await expect(new FileInviteStore({ dir }).open()).rejects.toMatchObject({ name: "StateFileError", file });
    expect(await readFile(file, "utf8")).toBe(text);
  }
  await remove(dir);
});

execApprovalsContract("memory", async () => {
  const text: { current?: string } = {};
  const store = new MemoryExecApprovals(text);
  return { store, reopen: () => Promise.resolve(new MemoryExecApprovals(text)), write: async (written) => void (text.current = written), dispose: async () => undefined };
});

execApprovalsContract("file", async () => {
  const dir = await folder();
  const path = join(dir, "node", "exec-approvals.json");
  const open = async (): Promise<FileExecApprovals> => new FileExecApprovals({ path, now });
  const write = async (text: string): Promise<void> => {
    await mkdir(join(dir, "node"), { recursive: true });
    await writeFile(path, text);
  };
  return { store: await open(), reopen: open, write, dispose: () => remove(dir) };
});

test("the file of exec approvals is its owner's alone, also where it was written open", async () => {
  const dir = await folder();
  const path = join(dir, "exec-approvals.json");
  await writeFile(path, "{}", { mode: 0o644 });
  const store = new FileExecApprovals({ path, now });
  await store.read();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await store.update(() => ({ file: { version: 1 }, value: 0 }));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(dir)).toEqual(["exec-approvals.json"]);
  await remove(dir);
});

test("a gateway and a node that share the file of exec approvals take nothing back from each other", async () => {
  const dir = await folder();
  const path = join(dir, "exec-approvals.json");
  const stores = [new FileExecApprovals({ path, now }), new FileExecApprovals({ path, now })];
  await Promise.all(stores.flatMap((store, of) => Array.from({ length: 10 }, (_, nth) => store.update(({ content }) => {
    const file = content.kind === "usable" ? content.file : {};
    return { file: { ...file, [`${of}-${nth}`]: true }, value: undefined };
  }))));
  const { content } = await new FileExecApprovals({ path, now }).read();
  expect(Object.keys(content.kind === "usable" ? content.file : {}).filter((name) => /^\d-\d$/u.test(name))).toHaveLength(20);
  expect(await readdir(dir)).toEqual(["exec-approvals.json"]);
  await remove(dir);
});

deviceStoreContract("memory", async () => {
  const store = new MemoryDeviceStore();
  await store.open();
  const reopen = async (): Promise<MemoryDeviceStore> => {
    await store.close();
    await store.open();
    return store;
  };
  return { store, reopen, dispose: () => store.close() };
});

deviceStoreContract("file", async () => {
  const dir = await folder();
  const store = new FileDeviceStore({ dir });
  await store.open();
  const reopen = async (): Promise<FileDeviceStore> => {
    await store.close();
    const next = new FileDeviceStore({ dir });
    await next.open();
    return next;
  };
  return { store, reopen, dispose: () => remove(dir) };
});

sessionStoreContract("memory", async () => {
  const store = new MemorySessionStore();
  await store.open();
  const reopen = async (): Promise<MemorySessionStore> => {
    await store.close();
    await store.open();
    return store;
  };
  return { store, reopen, dispose: () => store.close() };
});

sessionStoreContract("file", async () => {
  const dir = await folder();
  const clock = new HandClock();
  const store = new FileSessionStore({ dir, clock });
  await store.open();
  const reopen = async (): Promise<FileSessionStore> => {
    await store.close();
    const next = new FileSessionStore({ dir, clock });
    await next.open();
    return next;
  };
  return { store, reopen, dispose: () => remove(dir) };
});

recordStoreContract("memory", async () => {
  const store = new MemoryRecordStore<RecordSample>();
  await store.open();
  const reopen = async (): Promise<MemoryRecordStore<RecordSample>> => {
    await store.close();
    await store.open();
    return store;
  };
  return { store, reopen, dispose: () => store.close() };
});

// The second is rewritten with almost every update.
for (const [name, compactAboveBytes] of [["file", undefined], ["file, always compacting", 0]] as const) {
  recordStoreContract(name, async () => {
    const dir = await folder();
    const open = async (): Promise<FileRecordStore<RecordSample>> => {
      const store = new FileRecordStore({ path: join(dir, "tables", "sample.jsonl"), parse: parseRecordSample, ...(compactAboveBytes === undefined ? {} : { compactAboveBytes }) });
      await store.open();
      return store;
    };
    const store = await open();
    let last = store;
    const reopen = async (): Promise<FileRecordStore<RecordSample>> => {
      await last.close();
      last = await open();
      return last;
    };
    const dispose = async (): Promise<void> => {
      await last.close();
      await remove(dir);
    };
    return { store, reopen, dispose };
  });
}

mediaStoreContract("memory", async () => {
  const clock = new HandClock();
  const store = new MemoryMediaStore({ now: () => clock.now() });
  await store.open();
  const reopen = async (): Promise<MemoryMediaStore> => {
    await store.close();
    await store.open();
    return store;
  };
  return { store, clock, reopen, held: async () => store.size, dispose: () => store.close() };
});

mediaStoreContract("file", async () => {
  const dir = await folder();
  const clock = new HandClock();
  const open = async (): Promise<FileMediaStore> => {
    const store = new FileMediaStore({ dir: join(dir, "media"), now: () => clock.now() });
    await store.open();
    return store;
  };
  const store = await open();
  const reopen = async (): Promise<FileMediaStore> => {
    await store.close();
    return open();
  };
  return { store, clock, reopen, held: async () => (await readdir(join(dir, "media"))).length, dispose: () => remove(dir) };
});

hostLockContract("memory", async () => {
  const cell: MemoryLockCell = {};
  const isRunning = (pid: number): boolean => pid !== 2;
  return {
    alive: () => Object.assign(new MemoryHostLock({ cell, pid: 1, isRunning }), { pid: 1 }),
    dead: () => new MemoryHostLock({ cell, pid: 2, isRunning }),
    dispose: async () => undefined,
  };
});

hostLockContract("file", async () => {
  const dir = await folder();
  const path = join(dir, "gateway.lock");
  const { pid: endedPid } = spawnSync(process.execPath, ["--version"]);
  return {
    alive: () => Object.assign(new FileHostLock({ path, pid: process.pid, now }), { pid: process.pid }),
    dead: () => new FileHostLock({ path, pid: endedPid, now }),
    dispose: () => remove(dir),
  };
});

tokenVaultContract("memory", async () => {
  const key = new Uint8Array(32).fill(7);
  return {
    vault: new MemoryTokenVault(key),
    reopen: async () => new MemoryTokenVault(key),
    other: async () => new MemoryTokenVault(new Uint8Array(32).fill(8)),
    dispose: async () => undefined,
  };
});

tokenVaultContract("file", async () => {
  const dirs = [await folder(), await folder()] as const;
  const open = async (dir: string): Promise<FileTokenVault> => {
    const vault = new FileTokenVault({ dir });
    await vault.open();
    return vault;
  };
  return {
    vault: await open(dirs[0]),
    reopen: () => open(dirs[0]),
    other: () => open(dirs[1]),
    dispose: async () => void (await Promise.all(dirs.map(remove))),
  };
});

logTailContract("memory", async () => {
  const tail = new MemoryLogTail();
  return { tail, write: (line) => tail.write(line), dispose: async () => undefined };
});

logTailContract("file", async () => {
  const dir = await folder();
  const path = join(dir, "logs", "gateway.log");
  const log = new RollingLogFile({ path });
  const dispose = async (): Promise<void> => {
    await log.close();
    await remove(dir);
  };
  return { tail: new FileLogTail({ path }), write: (line) => log.write(line), dispose };
});
