const SHOWN_MS = 4_000;
/** An app that does not say how it went has at least been told. */
const PATIENCE_MS = 10_000;

/** Tells the person at the page what became of what they did. */
export class StatusLine {
  readonly #line: HTMLElement;
  #awaited: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(line: HTMLElement) {
    this.#line = line;
    for (const name of ["openclaw:a2ui-action-status", "clawdbot:a2ui-action-status"]) addEventListener(name, (event) => this.#heard((event as CustomEvent<unknown>).detail));
  }

  /** An action went to the app, which says later how it ended. */
  sent(id: string): void {
    this.#awaited = id;
    this.#show("Sending…", { forMs: PATIENCE_MS, next: () => this.#show("Sent. There was no answer yet.") });
  }

  say(text: string, isWrong = false): void {
    this.#awaited = undefined;
    this.#show(text, { isWrong });
  }

  #heard(detail: unknown): void {
    const { id, ok, error } = (typeof detail === "object" && detail !== null ? detail : {}) as Record<string, unknown>;
    // Of several, the last one is of interest.
    if (typeof id === "string" && id !== this.#awaited) return;
    this.#awaited = undefined;
    if (ok === true) this.#show("Done: the assistant has it.");
    else this.#show(`It did not arrive: ${typeof error === "string" && error !== "" ? error : "the device gave no reason."}`, { isWrong: true });
  }

  #show(text: string, { isWrong = false, forMs = SHOWN_MS, next = () => this.#hide() }: { isWrong?: boolean; forMs?: number; next?: () => void } = {}): void {
    clearTimeout(this.#timer);
    this.#line.textContent = text;
    this.#line.classList.toggle("wrong", isWrong);
    this.#line.hidden = false;
    this.#timer = setTimeout(next, isWrong ? forMs * 2 : forMs);
  }

  #hide(): void {
    this.#line.hidden = true;
  }
}
