import { printable } from "../../domain/text/printable.js";
import type { Output } from "../process/process-host.js";
import type { InvocationReport } from "./invocation-desk.js";
import type { InForce } from "./node-host.js";
import type { NodeState } from "./node-state.js";

interface Voice {
  readonly output: Output;
  /** One JSON object a line, for programs. */
  readonly json: boolean;
  readonly now: () => number;
}

const MAX_TEXT = 600;

/** Tells whoever runs a node what it is at, a line each. No secret and nothing of what was asked or answered is in it. */
export class NodeVoice {
  readonly #voice: Voice;
  /** What was said last of the connection: a gateway that stays away is not worth a line for each attempt. */
  #last = "";

  constructor(voice: Voice) {
    this.#voice = voice;
  }

  begin({ nodeId, displayName, commands }: { readonly nodeId: string; readonly displayName: string; readonly commands: readonly string[] }): void {
    const offer = commands.length === 0 ? "It offers nothing: install Chromium, or name programs in node.commands." : `It offers ${commands.join(", ")}.`;
    this.#say("node", `${printable(displayName, 128)} is node ${nodeId}. ${offer}`, { nodeId, displayName, commands });
  }

  warn({ path, message }: { readonly path: string; readonly message: string }): void {
    this.#say("warning", `${path}: ${message}`, { path, message });
  }

  state(state: NodeState, url: string | undefined): void {
    switch (state.kind) {
      case "awaiting-approval": {
        const command = state.pairing?.command ?? "openclaw devices list";
        return this.#once("awaiting-approval", `This device waits for approval. On the gateway's host: ${command}`, { requestId: state.pairing?.requestId ?? null, command });
      }
      case "open": return this.#once("connected", `Connected to ${url ?? "the gateway"} (protocol ${state.hello.protocol}).`, { url: url ?? null, protocol: state.hello.protocol });
      case "waiting": return this.#once("disconnected", `No connection: ${printable(state.why.message, MAX_TEXT)} It is tried again.`, { message: printable(state.why.message, MAX_TEXT) });
      case "paused": return this.#once("paused", `${printable(state.why.message, MAX_TEXT)}\n  ${state.hint}`, { message: printable(state.why.message, MAX_TEXT), hint: state.hint });
      default:
    }
  }

  inForce({ commands, approveCommand }: InForce, offered: readonly string[]): void {
    const missing = offered.filter((command) => !commands.includes(command));
    if (approveCommand !== undefined) return this.#once("commands-await-approval", `What it offers waits for approval. On the gateway's host: ${approveCommand}`, { command: approveCommand, commands: missing });
    const not = missing.length === 0 ? "" : ` Not in force: ${printable(missing.join(", "), MAX_TEXT)}; the gateway does not allow that.`;
    return this.#once("in-force", `It may be asked: ${printable(commands.join(", "), MAX_TEXT) || "nothing"}.${not}`, { commands, missing });
  }

  invocation({ command, outcome, code, durationMs, bytes }: InvocationReport): void {
    const said = { done: `done in ${durationMs} ms${bytes === 0 ? "" : `, ${sizeOf(bytes)}`}`, failed: `failed after ${durationMs} ms (${code ?? ""})`, "called-off": `called off after ${durationMs} ms` }[outcome];
    this.#say("invocation", `${printable(command, 80)}: ${said}`, { command: printable(command, 80), outcome, ...(code === undefined ? {} : { code }), durationMs, bytes });
  }

  stopping(): void {
    this.#say("stopping", "Stopping.", {});
  }

  #once(event: string, text: string, facts: Readonly<Record<string, unknown>>): void {
    if (this.#last === text) return;
    this.#last = text;
    this.#say(event, text, facts);
  }

  #say(event: string, text: string, facts: Readonly<Record<string, unknown>>): void {
    const { output, json, now } = this.#voice;
    output.write(json ? `${JSON.stringify({ ts: now(), event, ...facts })}\n` : `${text}\n`);
  }
}

const sizeOf = (bytes: number): string => (bytes < 10_000 ? `${bytes} bytes` : `${Math.round(bytes / 1_000)} kB`);
