/** What the core needs of an `AbortSignal`; every real one fits. */
export interface Cancel {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
