import type { cronMethods } from "../../../domain/protocol/methods/cron.js";
import type { Handlers } from "../call.js";
import type { Services } from "../services.js";

type CronMethod = keyof typeof cronMethods;

/** Jobs that run by the clock: what answers is loaded when it is first asked. */
export function cronHandlers({ schedule }: Services): Handlers<CronMethod> {
  const handlers = async (): Promise<Handlers<CronMethod>> => (await schedule.cron()).handlers;
  return {
    "cron.list": async (params, caller) => (await handlers())["cron.list"](params, caller),
    "cron.status": async (params, caller) => (await handlers())["cron.status"](params, caller),
    "cron.get": async (params, caller) => (await handlers())["cron.get"](params, caller),
    "cron.add": async (params, caller) => (await handlers())["cron.add"](params, caller),
    "cron.update": async (params, caller) => (await handlers())["cron.update"](params, caller),
    "cron.remove": async (params, caller) => (await handlers())["cron.remove"](params, caller),
    "cron.run": async (params, caller) => (await handlers())["cron.run"](params, caller),
    "cron.runs": async (params, caller) => (await handlers())["cron.runs"](params, caller),
  };
}
