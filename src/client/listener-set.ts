/** Listeners, called in the order in which they came. One that throws stops neither the others nor the client. */
export class ListenerSet<A extends readonly unknown[]> {
  // Wrapped, so that the same function may listen twice and leave once.
  readonly #entries = new Set<{ readonly listener: (...args: A) => void }>();

  add(listener: (...args: A) => void): () => void {
    const entry = { listener };
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
    };
  }

  tell(...args: A): void {
    for (const { listener } of this.#entries) guarded(() => listener(...args));
  }
}

/** Lets an error surface as an uncaught one, after whoever is at work here has finished. */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
