/** What a running gateway tells its supervisor. Nothing here ever fails: a supervisor that does not listen is its owner's affair. */
export interface ServiceNotifier {
  /** It serves. From now on it is also told, as often as it asked for, that the program is alive. */
  ready(status: string): void;
  /** It begins anew, and is ready again after that. */
  reloading(): void;
  stopping(): void;
  /** Resolves once what was said is on its way, or after a second. */
  close(): Promise<void>;
}
