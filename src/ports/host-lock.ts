/** Keeps a second gateway off the same state folder. */
export interface HostLock {
  /** Takes the lock, or tells who holds it. A lock whose holder is dead is taken over. */
  acquire(): Promise<{ readonly kind: "held" } | { readonly kind: "taken"; readonly pid: number | undefined }>;
  release(): Promise<void>;
}
