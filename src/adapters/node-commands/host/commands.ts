import { HOST_COMMANDS, judgeHostProgram, type HostCommandName } from "../../../domain/node-host/host-program.js";
import type { Clock } from "../../../ports/clock.js";
import type { NodeCommand } from "../../../ports/node-command.js";
import { thisHost, type SystemHost } from "../system-host.js";
import { Turns } from "../turns.js";
import type { HostCommandsConfig, HostProgram } from "./config.js";
import { isThere, type Running } from "./host-program.js";
import { Locator } from "./location.js";
import { MEDIA_RUNS } from "./media-commands.js";
import { ProgramCommand } from "./program-command.js";

export interface HostCommandOptions {
  readonly config: HostCommandsConfig;
  readonly clock: Clock;
  /** This process's host, without it. */
  readonly host?: SystemHost;
}

/** What this host does by programs that its owner named, and by its owner's word. What is not set up, or set up wrongly, is not there. */
export function hostCommands({ config, clock, host = thisHost() }: HostCommandOptions): readonly NodeCommand[] {
  const programs = config.commands ?? {};
  const named = HOST_COMMANDS.filter((name) => programs[name] !== undefined);
  const runningOf = (name: HostCommandName): Running | undefined => {
    const program: HostProgram | undefined = programs[name];
    return program === undefined || judgeHostProgram(name, program.argv, named) !== undefined ? undefined : { program, host, clock };
  };
  const camera = new Turns();
  const media = (["screen.record", "camera.list", "camera.snap", "camera.clip"] as const).flatMap((name) => {
    const running = runningOf(name);
    if (!running) return [];
    const setting = { running, cameras: runningOf("camera.list") };
    return [new ProgramCommand({
      name,
      isThere: () => isThere(running.program, host),
      run: (params, call) => MEDIA_RUNS[name](setting, params, call),
      turns: name === "screen.record" ? new Turns() : camera,
    })];
  });
  return [...media, ...locationOf(runningOf("location.get"), config, clock)];
}

/** A program's word counts for more than a fixed place. */
function locationOf(running: Running | undefined, { location: place }: HostCommandsConfig, clock: Clock): readonly NodeCommand[] {
  const source = running ? { running } : place ? { place } : undefined;
  if (!source) return [];
  const locator = new Locator(source, clock);
  return [new ProgramCommand({
    name: "location.get",
    isThere: async () => running === undefined || (await isThere(running.program, running.host)),
    run: (params, call) => locator.find(params, call),
    turns: new Turns(),
  })];
}
