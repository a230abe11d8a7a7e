/** The exit codes of what runs in the foreground, which a supervisor may rely on. */
export const EXIT = { stopped: 0, tryAgain: 75, configuration: 78 } as const;
