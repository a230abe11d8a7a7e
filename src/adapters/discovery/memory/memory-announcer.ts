import type { Announced, Announcement, Announcer } from "../../../ports/announcer.js";

/** A network of which everybody hears at once. */
export class MemoryAnnouncer implements Announcer {
  readonly #said = new Set<{ announcement: Announcement }>();

  /** What is announced now. */
  get heard(): readonly Announcement[] {
    return [...this.#said].map(({ announcement }) => announcement);
  }

  announce(announcement: Announcement): Promise<Announced> {
    const entry = { announcement };
    this.#said.add(entry);
    return Promise.resolve({
      update: (txt) => void (entry.announcement = { ...entry.announcement, txt }),
      close: () => Promise.resolve(void this.#said.delete(entry)),
    });
  }
}
