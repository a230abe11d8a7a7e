import type { ProcessHost, StopSignal } from "./process-host.js";

const SIGNAL_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

export interface Stop {
  /** Resolves with the first signal. */
  readonly requested: Promise<StopSignal>;
  isRequested(): boolean;
  /** Resolves once somebody asks to end, or to begin anew; wishes to begin anew that came since the last time are one. */
  next(): Promise<StopSignal | "reload">;
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
  const reload = awaitReload(host);
  return {
    requested,
    isRequested: () => first !== undefined,
    next: async () => first ?? (await Promise.race([requested, reload.next()])),
    async pause(ms) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([requested, new Promise<void>((done) => {
        timer = setTimeout(done, ms);
      })]);
      clearTimeout(timer);
    },
    release() {
      release();
      reload.release();
    },
  };
}

function awaitReload(host: ProcessHost): { next(): Promise<"reload">; release(): void } {
  let isWished = false;
  let wake = (): void => undefined;
  const release = host.onReload(() => {
    isWished = true;
    wake();
  });
  return {
    async next() {
      if (!isWished) await new Promise<void>((done) => (wake = done));
      isWished = false;
      return "reload";
    },
    release,
  };
}
