import type { ServiceNotifier } from "../../ports/service-notifier.js";

export interface NotifierWish {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Hears when the supervisor can't be told anything. A whole sentence. */
  readonly problem: (message: string) => void;
}

const NOBODY_LISTENS: ServiceNotifier = {
  ready: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  close: () => Promise.resolve(),
};

/** Who is to hear how the gateway is, as the environment says: systemd, or nobody. */
export async function openNotifier({ env, pid, problem }: NotifierWish): Promise<ServiceNotifier> {
  const socket = env["NOTIFY_SOCKET"];
  if (!socket) return NOBODY_LISTENS;
  const { SystemdNotifier } = await import("../../adapters/supervision/systemd/systemd-notifier.js");
  const watchdogMs = watchdogOf(env, pid);
  return new SystemdNotifier({ socket, path: env["PATH"] || "/usr/bin:/bin", problem, ...(watchdogMs === undefined ? {} : { watchdogMs }) });
}

/** A watchdog may be meant for another process, which started us. */
function watchdogOf(env: NotifierWish["env"], pid: number): number | undefined {
  const [micros, whose] = [env["WATCHDOG_USEC"] ?? "", env["WATCHDOG_PID"]];
  if (!/^[1-9]\d{0,15}$/.test(micros) || (whose && whose !== String(pid))) return undefined;
  return Number(micros) / 1_000;
}
