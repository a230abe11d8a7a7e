import type { ProcessHost, StopSignal } from "../../src/app/process/process-host.js";

/** The process of something that runs in the foreground, inside of a test: its signals come by hand. */
export abstract class TestProcessHost implements ProcessHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid = process.pid;
  readonly hostname = "Test-Host";
  readonly abandoned: number[] = [];
  /** What was written to standard error. */
  errors = "";
  readonly #listeners = new Set<(signal: StopSignal) => void>();
  readonly #reloads = new Set<() => void>();

  constructor(env: Readonly<Record<string, string>>) {
    this.env = env;
  }

  /** What is written to standard output. */
  protected abstract hear(text: string): void;

  readonly stdout = { write: (text: string) => this.hear(text) };

  readonly stderr = { write: (text: string) => void (this.errors += text) };

  addresses(): readonly string[] {
    return [];
  }

  onSignal(listener: (signal: StopSignal) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onReload(listener: () => void): () => void {
    this.#reloads.add(listener);
    return () => void this.#reloads.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size + this.#reloads.size;
  }

  reload(): void {
    for (const listener of this.#reloads) listener();
  }

  signal(signal: StopSignal): void {
    for (const listener of this.#listeners) listener(signal);
  }

  terminate(_pid: number): boolean {
    return false;
  }

  abandon(code: number): void {
    this.abandoned.push(code);
  }
}
