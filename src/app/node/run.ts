import { ConnectError } from "../../client/errors.js";
import { PrivateFileError } from "../../client/node/private-file.js";
import { EXIT } from "../process/exit-code.js";
import type { ProcessHost } from "../process/process-host.js";
import { awaitStop, type Stop } from "../process/stop.js";
import { openNodeParts, type NodeParts } from "./compose.js";
import { buildNode, type Node } from "./create-node.js";
import { NodeMemo } from "./node-memo.js";
import { NodeVoice } from "./node-voice.js";

/** What `openclaw node run` was told. Holds secrets. */
export interface NodeRun {
  readonly gateway: {
    /** Absent where the setup code names it. */
    readonly url?: string;
    readonly setupCode?: string;
    readonly token?: string;
    readonly password?: string;
    readonly tlsFingerprint?: string;
    readonly allowPrivate: boolean;
  };
  readonly stateDir: string;
  readonly allowReadable: boolean;
  readonly displayName?: string;
  /** What it says is said in JSON, one object a line. */
  readonly json: boolean;
}

interface Setting {
  readonly run: NodeRun;
  readonly parts: NodeParts;
  readonly host: ProcessHost;
  readonly stop: Stop;
}

/** Runs a node until a signal ends it, or until only a person can help it on. Resolves with the process's exit code. */
export async function runNodeProcess(run: NodeRun, host: ProcessHost): Promise<number> {
  const stop = awaitStop(host);
  try {
    const parts = await openNodeParts({ stateDir: run.stateDir, env: host.env });
    if (parts instanceof Error) return refuse(host, EXIT.configuration, parts.message);
    const lock = await parts.lock.acquire();
    if (lock.kind === "taken") {
      const who = lock.pid === undefined ? "another process" : `process ${lock.pid}`;
      return refuse(host, EXIT.tryAgain, `A node runs on ${parts.folder} already (${who}), and one key is one node: stop it first, or give this one another state folder by OPENCLAW_STATE_DIR.`);
    }
    try {
      return await serve({ run, parts, host, stop });
    } finally {
      await parts.lock.release();
    }
  } finally {
    stop.release();
  }
}

function refuse(host: ProcessHost, exitCode: number, reason: string): number {
  host.stderr.write(`${reason}\n`);
  return exitCode;
}

async function serve(setting: Setting): Promise<number> {
  const { run, parts, host, stop } = setting;
  const voice = new NodeVoice({ output: host.stdout, json: run.json, now: () => parts.clock.now() });
  const displayName = run.displayName ?? parts.settings.displayName ?? host.hostname;
  const node = await build(setting, displayName, voice).catch((error: unknown) => refusalOf(error));
  if (typeof node === "string") return refuse(host, EXIT.configuration, node);
  const facts = { nodeId: node.nodeId, displayName, commands: (await node.declaration()).commands ?? [] };
  const memo = new NodeMemo({ folder: parts.folder, now: () => parts.clock.now() });
  voice.begin(facts);
  for (const warning of parts.warnings) voice.warn(warning);
  const stuck = new Promise<void>((resolve) => {
    node.onState((state) => {
      const url = node.url ?? run.gateway.url;
      voice.state(state, url);
      memo.note(facts, state, url);
      if (state.kind === "paused") resolve();
    });
  });
  node.onInForce((inForce) => voice.inForce(inForce, facts.commands));
  node.start();
  await Promise.race([stop.requested, stuck]);
  const isStuck = node.state.kind === "paused";
  // Its last word stays what somebody has to do.
  if (isStuck) memo.close();
  else voice.stopping();
  await node.stop();
  await memo.settled();
  return isStuck ? EXIT.configuration : EXIT.stopped;
}

const build = ({ run, parts }: Setting, displayName: string, voice: NodeVoice): Promise<Node> => {
  const { url, setupCode, token, password, tlsFingerprint, allowPrivate } = run.gateway;
  const where = setupCode === undefined ? { url: url ?? "" } : { setupCode, ...(url === undefined ? {} : { url }) };
  return buildNode({
    ...where,
    stateDir: parts.folder,
    allowReadableSecrets: run.allowReadable,
    allowPrivateNetwork: allowPrivate,
    ...(token === undefined ? {} : { token }),
    ...(password === undefined ? {} : { password }),
    ...(tlsFingerprint === undefined ? {} : { tlsFingerprint }),
    displayName,
    clock: parts.clock,
    commands: parts.commands,
    onInvocation: (report) => voice.invocation(report),
  });
};

/** What somebody can do something about. Everything else is a bug and keeps its stack. */
function refusalOf(error: unknown): string {
  if (error instanceof ConnectError || error instanceof PrivateFileError) return error.message;
  throw error;
}
