/** Lets what uses the same thing use it one after another. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `act` when all that came before has ended, however it did. */
  take<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when all that came until now has ended. */
  async over(): Promise<void> {
    await this.#last;
  }
}
