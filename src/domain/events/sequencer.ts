/**
 * Numbers the events addressed to one connection: 1, 2, 3, with no hole. An event that is then dropped for slowness
 * has still taken its number, so that the client sees a jump exactly where it lost something.
 */
export class EventSequencer {
  #last = 0;

  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** The number given last, 0 before the first. */
  last(): number {
    return this.#last;
  }
}
