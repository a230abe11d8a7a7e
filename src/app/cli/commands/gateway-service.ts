import type { ServiceOutcome } from "../../../ports/supervisor.js";
import { checkConfig, findingLine } from "../config-check.js";
import type { JsonFlag } from "../flags.js";
import { CliFailure, EXIT, type CliIo } from "../io.js";
import type { Supervision } from "../load-supervision.js";
import { at, gatewayVariable, readLocalConfig, type LocalConfig } from "../local-config.js";
import { cell, printJson, printLine } from "../output.js";
import { awaitReady } from "../readiness.js";
import { meaningOf, serviceLine, superviseHere } from "../service.js";
import { resolveTarget } from "../target.js";

type Action<F = JsonFlag> = (io: CliIo, flags: F) => Promise<number>;
type Forced = JsonFlag & { readonly force?: boolean };

const install: Action<Forced> = async (io, flags) => {
  const supervision = await superviseHere(io);
  const { supervisor, definition, foreseen } = supervision;
  // As the service will see it: this shell's variables are not its own.
  const config = await readLocalConfig({ env: definition.environment, home: io.home });
  await judge(io, config);
  await carriedOut(io, supervision, await supervisor.install(definition, { force: flags.force === true }));
  return report(io, flags, supervision, [...foreseen, ...leftBehind(io, config)]);
};

const uninstall: Action<Forced> = async (io, flags) => {
  const { supervisor } = await superviseHere(io);
  insist(await supervisor.uninstall({ force: flags.force === true }), []);
  if (flags.json) printJson(io.stdout, { ok: true });
  else printLine(io.stdout, "The service is gone. The state folder is as it was.");
  return EXIT.ok;
};

const start: Action = async (io, flags) => {
  const supervision = await superviseHere(io);
  await carriedOut(io, supervision, await supervision.supervisor.start());
  return report(io, flags, supervision);
};

const restart: Action = async (io, flags) => {
  const supervision = await superviseHere(io);
  await carriedOut(io, supervision, await supervision.supervisor.restart());
  return report(io, flags, supervision);
};

const stop: Action = async (io, flags) => {
  const supervision = await superviseHere(io);
  insist(await supervision.supervisor.stop(), []);
  return report(io, flags, supervision);
};

export const ACTIONS = { install, uninstall, start, stop, restart };

async function judge(io: CliIo, config: LocalConfig): Promise<void> {
  const path = cell(config.path, 300);
  if (at(config.parsed, "gateway", "mode") === "remote") {
    throw new CliFailure(`gateway.mode is "remote" in ${path}: this host uses a gateway that runs elsewhere.`, { code: "REMOTE", hints: ["For one of its own: openclaw config set gateway.mode local"] });
  }
  const issues = config.problem === undefined ? (await checkConfig(io, config)).issues : [{ path: "", message: config.problem }];
  if (issues.length === 0) return;
  throw new CliFailure(`The service could not start with the configuration at ${path}.`, {
    code: "INVALID_CONFIG",
    hints: [...issues.map(findingLine), `A service gets none of this shell's variables: they belong into ${cell(config.stateDir, 300)}/.env`],
  });
}

/** Secrets that this shell has, and the service will not. */
function leftBehind(io: CliIo, config: LocalConfig): readonly string[] {
  return ["GATEWAY_TOKEN", "GATEWAY_PASSWORD"].flatMap((name) =>
    gatewayVariable(io.env, name) !== undefined && gatewayVariable(config.env, name) === undefined
      ? [`OPENCLAW_${name} is set in this shell alone, so the service does not ask for it. Put it into ${cell(config.stateDir, 300)}/.env (chmod 600), then: openclaw gateway restart`]
      : []);
}

function insist(outcome: ServiceOutcome, hints: readonly string[]): void {
  if (outcome.kind === "refused") throw new CliFailure(outcome.message, { code: `SERVICE_${outcome.reason.toUpperCase()}`, hints });
}

/** Fails unless the gateway serves. */
async function carriedOut(io: CliIo, { supervisor, definition }: Supervision, outcome: ServiceOutcome): Promise<void> {
  if (outcome.kind === "refused") return insist(outcome, outcome.reason === "failed" ? await causes() : []);
  if (outcome.isReady) return;
  const { url } = await resolveTarget(io, {});
  const isTrying = async (): Promise<boolean> => {
    const state = await supervisor.state(definition);
    return state.kind === "installed" && ["running", "starting"].includes(state.activity);
  };
  if (!(await awaitReady(url, isTrying))) throw new CliFailure("The gateway was started, and does not serve.", { code: "SERVICE_NOT_READY", hints: await causes() });

  async function causes(): Promise<readonly string[]> {
    const state = await supervisor.state(definition);
    const code = state.kind === "installed" ? state.exitCode : undefined;
    return [...(code === undefined ? [] : [`It ended with ${code}: ${meaningOf(code)}.`]), `What it said: ${supervisor.logCommand}`];
  }
}

async function report(io: CliIo, flags: JsonFlag, { supervisor, definition }: Supervision, notes: readonly string[] = []): Promise<number> {
  const state = await supervisor.state(definition);
  const lingering = state.kind === "installed" && state.outlivesLogin === false && state.activity === "running" ? ["It ends when you log out. To let it go on: loginctl enable-linger"] : [];
  const all = [...notes, ...lingering];
  if (flags.json) printJson(io.stdout, { ok: true, service: state, notes: all });
  else for (const line of [serviceLine(supervisor.name, state), ...(state.kind === "installed" ? [`Defined in: ${cell(state.path, 300)}`] : []), ...all]) printLine(io.stdout, line);
  return EXIT.ok;
}
