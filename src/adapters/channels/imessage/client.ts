import { after } from "../../../domain/moment.js";
import type { Cancel } from "../../../ports/cancel.js";
import type { Clock } from "../../../ports/clock.js";
import { Child } from "./child.js";
import type { IMessageConfig } from "./config.js";
import type { CallFailure } from "./failures.js";
import { countOf, fieldsOf, parseFields, textOf, type Fields } from "./fields.js";

export interface RpcRequest {
  readonly method: string;
  readonly params: Fields;
}

export type CallOutcome = { readonly kind: "ok"; readonly result: Fields } | CallFailure;

export interface CallOptions {
  readonly timeoutMs: number;
  readonly cancel?: Cancel;
}

export interface ClientOptions {
  readonly config: Pick<IMessageConfig, "cliPath" | "dbPath">;
  readonly clock: Clock;
  /** What imsg tells without being asked, in its order. */
  readonly onNotice?: (method: string, params: Fields) => void;
}

export type Opened = { readonly kind: "open"; readonly client: ImsgClient } | { readonly kind: "not-started"; readonly code: string };

/** One running `imsg rpc`, asked in JSON-RPC 2.0, a line each. */
export class ImsgClient {
  readonly #child: Child;
  readonly #clock: Clock;
  readonly #waiting: Map<number, (outcome: CallOutcome) => void>;
  #lastId = 0;

  private constructor(child: Child, clock: Clock, waiting: Map<number, (outcome: CallOutcome) => void>) {
    this.#child = child;
    this.#clock = clock;
    this.#waiting = waiting;
    void child.gone.then(() => {
      for (const settle of waiting.values()) settle({ kind: "unanswered", because: "broken" });
    });
  }

  static async open({ config, clock, onNotice }: ClientOptions): Promise<Opened> {
    const waiting = new Map<number, (outcome: CallOutcome) => void>();
    const onLine = (line: string): void => {
      // A script may print a greeting before imsg speaks.
      const message = parseFields(line);
      const method = textOf(message?.["method"]);
      if (message === undefined) return;
      if (method !== undefined) onNotice?.(method, fieldsOf(message["params"]) ?? {});
      else waiting.get(countOf(message["id"]) ?? -1)?.(outcomeOf(message));
    };
    const args = ["rpc", ...(config.dbPath === undefined ? [] : ["--db", config.dbPath])];
    const launch = await Child.start({ command: config.cliPath, args, clock, onLine });
    return launch.kind === "started" ? { kind: "open", client: new ImsgClient(launch.child, clock, waiting) } : launch;
  }

  get gone(): Promise<void> {
    return this.#child.gone;
  }

  get complaint(): string {
    return this.#child.complaint;
  }

  call({ method, params }: RpcRequest, { timeoutMs, cancel }: CallOptions): Promise<CallOutcome> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const settle = (outcome: CallOutcome): void => {
        if (!this.#waiting.delete(id)) return;
        disarm();
        cancel?.removeEventListener("abort", giveUp);
        resolve(outcome);
      };
      const giveUp = (): void => { settle({ kind: "unanswered", because: "cancelled" }); };
      const disarm = this.#clock.callAt(after(this.#clock.now(), timeoutMs), () => { settle({ kind: "unanswered", because: "late" }); });
      this.#waiting.set(id, settle);
      if (cancel?.aborted === true || !this.#child.write(JSON.stringify({ jsonrpc: "2.0", id, method, params }))) settle({ kind: "unsent" });
      else cancel?.addEventListener("abort", giveUp);
    });
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  kill(): void {
    this.#child.kill();
  }
}

function outcomeOf(message: Fields): CallOutcome {
  const error = fieldsOf(message["error"]);
  if (error === undefined) return { kind: "ok", result: fieldsOf(message["result"]) ?? {} };
  const data = fieldsOf(error["data"]) ?? {};
  // Older versions write the detail as a text.
  const detail = textOf(error["data"]);
  return { kind: "answered", code: countOf(error["code"]) ?? 0, message: `${textOf(error["message"]) ?? ""}${detail === undefined ? "" : `: ${detail}`}`, data };
}
