/** Something that a script waits for until the test opens it. Opens once and stays open. */
export class Gate {
  #open = false;
  #waiting: (() => void)[] = [];

  get isOpen(): boolean {
    return this.#open;
  }

  open(): void {
    this.#open = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Calls once, at once where the gate is open. The result forgets the caller. */
  whenOpen(wake: () => void): () => void {
    if (this.#open) wake();
    else this.#waiting.push(wake);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== wake);
    };
  }
}
