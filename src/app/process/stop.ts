import type { ProcessHost, StopSignal } from "./process-host.js";

const SIGNAL_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

export interface Stop {
  /** Resolves with the first signal. */
  readonly requested: Promise<StopSignal>;
  isRequested(): boolean;
  /** Waits, but not past the first signal. */
  pause(ms: number): Promise<void>;
  /** Signals end the process again as they would without this. */
  release(): void;
}

/** The first signal asks for an orderly end; the second one, from somebody who is done waiting, ends the process at once. */
export function awaitStop(host: ProcessHost): Stop {
  let first: StopSignal | undefined;
  let resolve: (signal: StopSignal) => void = () => {};
  const requested = new Promise<StopSignal>((done) => {
    resolve = done;
  });
  const release = host.onSignal((signal) => {
    if (first !== undefined) return host.abandon(SIGNAL_CODES[signal]);
    first = signal;
    resolve(signal);
  });
  return {
    requested,
    isRequested: () => first !== undefined,
    async pause(ms) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([requested, new Promise<void>((done) => {
        timer = setTimeout(done, ms);
      })]);
      clearTimeout(timer);
    },
    release,
  };
}
