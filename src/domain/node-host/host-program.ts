/** Commands that a program of the node's host can do. */
export const HOST_COMMANDS = ["screen.record", "camera.list", "camera.snap", "camera.clip", "location.get"] as const;
export type HostCommandName = (typeof HOST_COMMANDS)[number];

/** What each may be told: `{name}` in an argument stands for what a call asks for. */
const PLACEHOLDERS: Readonly<Record<HostCommandName, readonly string[]>> = {
  "screen.record": ["output", "durationMs", "durationSeconds", "fps", "screenIndex", "includeAudio"],
  "camera.list": [],
  "camera.snap": ["output", "facing", "deviceId", "maxWidth", "quality", "qualityPercent"],
  "camera.clip": ["output", "facing", "deviceId", "durationMs", "durationSeconds", "includeAudio"],
  "location.get": ["timeoutMs", "timeoutSeconds", "desiredAccuracy"],
};

const WRITES_A_FILE: ReadonlySet<HostCommandName> = new Set(["screen.record", "camera.snap", "camera.clip"]);

const placeholdersIn = (argument: string): readonly string[] => [...argument.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name = ""]) => name);

/** Whether any argument has a place for this. */
export const isToldOf = (argv: readonly string[], placeholder: string): boolean => argv.some((argument) => placeholdersIn(argument).includes(placeholder));

/** What is wrong with a program for a command, as a whole sentence; `others` are the commands that have one too. */
export function judgeHostProgram(name: HostCommandName, argv: readonly string[], others: readonly string[]): string | undefined {
  const [program = ""] = argv;
  if (program === "") return "The list names no program: its first entry is the program, the others are its arguments.";
  if (placeholdersIn(program).length > 0) return "What runs is never chosen by a call: the program's own name has no placeholder.";
  const known = PLACEHOLDERS[name];
  const odd = argv.flatMap(placeholdersIn).find((placeholder) => !known.includes(placeholder));
  if (odd !== undefined) return `{${odd}} is no placeholder of ${name}${known.length === 0 ? ", which has none" : `; those are ${known.map((one) => `{${one}}`).join(", ")}`}.`;
  if (WRITES_A_FILE.has(name) && !isToldOf(argv, "output")) return "The program has to be told where to write: put {output} among its arguments.";
  if (isToldOf(argv, "deviceId") && !others.includes("camera.list")) return "{deviceId} needs a program for camera.list too, so that a call can name no device but those that are there.";
  return undefined;
}

/** The arguments of one call. Values stand where their placeholders do, inside of one argument each, so that none becomes two. */
export const fillArguments = (argv: readonly string[], values: Readonly<Record<string, string>>): readonly string[] =>
  argv.map((argument) => argument.replace(/\{([A-Za-z]+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? whole) : whole)));
