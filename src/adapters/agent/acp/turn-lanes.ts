/** One piece of work at a time per key, in the order of asking: an agent cannot answer two prompts of one conversation at once. */
export class TurnLanes {
  readonly #tails = new Map<string, Promise<void>>();

  run(key: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#tails.get(key) ?? Promise.resolve()).then(work);
    // The next in line waits for the end, whatever it was.
    const tail = turn.catch(() => {}).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
    return turn;
  }
}
