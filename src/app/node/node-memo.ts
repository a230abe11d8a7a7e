import { join } from "node:path";
import { writePrivateFile } from "../../client/node/private-file.js";
import type { NodeState } from "./node-state.js";

export interface NodeFacts {
  readonly nodeId: string;
  readonly displayName: string;
  readonly commands: readonly string[];
}

/** What `openclaw node status` reads: who the node of a folder is and how its connection stands. */
export class NodeMemo {
  readonly #path: string;
  readonly #now: () => number;
  #writing: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor({ folder, now }: { readonly folder: string; readonly now: () => number }) {
    this.#path = join(folder, "node.json");
    this.#now = now;
  }

  /** In the background: a folder that is full does not stop the node. */
  note(facts: NodeFacts, state: NodeState, url: string | undefined): void {
    if (this.#isClosed) return;
    const text = `${JSON.stringify({ version: 1, ...facts, ...(url === undefined ? {} : { url }), state: stateOf(state), atMs: this.#now() }, null, 2)}\n`;
    this.#writing = this.#writing.then(() => writePrivateFile(this.#path, text)).catch(() => undefined);
  }

  /** What was noted last stands. */
  close(): void {
    this.#isClosed = true;
  }

  async settled(): Promise<void> {
    await this.#writing;
  }
}

function stateOf(state: NodeState): Readonly<Record<string, unknown>> {
  switch (state.kind) {
    case "awaiting-approval": return { kind: state.kind, ...(state.pairing === undefined ? {} : { requestId: state.pairing.requestId, command: state.pairing.command }) };
    case "open": return { kind: state.kind, protocol: state.hello.protocol };
    case "waiting": return { kind: state.kind, why: state.why.message };
    case "paused": return { kind: state.kind, why: state.why.message, hint: state.hint };
    default: return { kind: state.kind };
  }
}
