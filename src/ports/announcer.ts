/** What this host tells its local network of a service. Whoever listens may read it, and anybody may say the like. */
export interface Announcement {
  /** As people read it. Where another host has the name, a number is added to it. */
  readonly name: string;
  readonly port: number;
  readonly txt: Readonly<Record<string, string>>;
  /** At which of this host's addresses alone; at all of them, without it. */
  readonly address?: string;
}

export interface Announced {
  /** From now on it says this. */
  update(txt: Readonly<Record<string, string>>): void;
  /** Says that it is gone. Nothing of it is left running. */
  close(): Promise<void>;
}

export interface Announcer {
  /** Resolves when it was said, rejects where it cannot be. */
  announce(announcement: Announcement): Promise<Announced>;
}
