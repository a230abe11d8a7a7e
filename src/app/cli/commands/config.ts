import { realpath } from "node:fs/promises";
import { writePrivateFile } from "../../../client/node/private-file.js";
import { checkConfig, findingLine } from "../config-check.js";
import { parseConfigPath, withValue, type Step } from "../config-path.js";
import type { JsonFlag } from "../flags.js";
import { CliFailure, EXIT, usageFailure, type CliIo } from "../io.js";
import type { ConfigFinding } from "../load-daemon.js";
import { at, parseJson5, readLocalConfig, type LocalConfig } from "../local-config.js";
import { cell, printJson, printLine, renderJson, terminalText } from "../output.js";
import { redact } from "../redact.js";

type Action<F = JsonFlag> = (io: CliIo, flags: F, args: readonly string[]) => Promise<number>;

const get: Action<JsonFlag & { readonly showSecrets?: boolean }> = async (io, flags, [text]) => {
  const config = await readable(io);
  const path = text === undefined ? [] : parsePath(text);
  const found = at(config.parsed, ...path);
  if (found === undefined) throw new CliFailure(`${cell(text, 120)} is not set in ${cell(config.path, 300)}.`, { code: "NOT_SET" });
  const value = flags.showSecrets ? found : redact(found, path);
  printLine(io.stdout, typeof value === "string" && !flags.json ? terminalText(value) : renderJson(value));
  return EXIT.ok;
};

const set: Action = async (io, flags, [text = "", given = ""]) => {
  const path = parsePath(text);
  const config = await readable(io);
  const parsed = await parseJson5(given);
  const value = "value" in parsed ? parsed.value : given;
  const next = withValue(config.parsed, path, value);
  if (next === undefined) throw usageFailure(`${cell(text, 120)} leads through something that is no section.`);
  const raw = `${JSON.stringify(next, null, 2)}\n`;
  const { issues } = await checkConfig(io, { ...config, raw });
  if (issues.length > 0) throw invalid(`${cell(text, 120)} was not changed: the configuration would no longer be valid.`, issues);
  await replaceFile(config, raw);
  const shown = redact(value, path);
  if (flags.json) printJson(io.stdout, { ok: true, path: text, value: shown, file: config.path });
  else printLine(io.stdout, `${cell(text, 120)} = ${renderJson(shown)}`);
  if (losesComments(config)) printLine(io.stderr, `Comments were not kept; the file as it was is ${cell(config.path, 300)}.bak`);
  return EXIT.ok;
};

const validate: Action = async (io, flags) => {
  const config = await readLocalConfig(io);
  const verdict = config.problem === undefined || config.raw !== undefined
    ? await checkConfig(io, config)
    : { issues: [{ path: "", message: config.problem }], warnings: [], depth: "syntax" as const };
  const valid = verdict.issues.length === 0;
  if (flags.json) {
    printJson(io.stdout, { valid, path: config.path, exists: config.raw !== undefined, ...verdict });
    return valid ? EXIT.ok : EXIT.failed;
  }
  const scope = verdict.depth === "gateway" ? "" : " (only its form was checked)";
  const missing = config.raw === undefined && valid ? " There is no file, so the defaults apply." : "";
  printLine(io.stdout, `${cell(config.path, 300)}: ${valid ? `valid${scope}.` : "not valid."}${missing}`);
  for (const finding of [...verdict.issues, ...verdict.warnings]) printLine(io.stdout, `  ${findingLine(finding)}`);
  return valid ? EXIT.ok : EXIT.failed;
};

const file: Action = async (io, flags) => {
  const { path, raw, stateDir } = await readLocalConfig(io);
  if (flags.json) printJson(io.stdout, { path, exists: raw !== undefined, stateDir });
  else printLine(io.stdout, path);
  return EXIT.ok;
};

/** Writes keys that an older release had elsewhere where they belong now. The gateway reads them there in any case. */
const migrate: Action = async (io, flags) => {
  const config = await readable(io);
  const { legacy = [], migrated, depth } = await checkConfig(io, config);
  if (depth !== "gateway") throw new CliFailure("The gateway's own bundle is not beside this one, and only it knows the old keys.", { code: "NO_GATEWAY" });
  if (legacy.length > 0) await replaceFile(config, `${JSON.stringify(migrated, null, 2)}\n`);
  if (flags.json) printJson(io.stdout, { ok: true, file: config.path, moved: legacy });
  else if (legacy.length === 0) printLine(io.stdout, `${cell(config.path, 300)}: nothing to move.`);
  else for (const finding of legacy) printLine(io.stdout, findingLine(finding));
  if (legacy.length > 0 && !flags.json) printLine(io.stdout, `Written; the file as it was is ${cell(config.path, 300)}.bak`);
  return EXIT.ok;
};

const schema: Action = async (io) => {
  const { configSchema } = await io.loadDaemon();
  if (configSchema === undefined) throw new CliFailure("The gateway's own bundle is not beside this one.", { code: "NO_GATEWAY" });
  printJson(io.stdout, configSchema());
  return EXIT.ok;
};

export const ACTIONS = { get, set, validate, file, migrate, schema };

const invalid = (message: string, issues: readonly ConfigFinding[]): CliFailure =>
  new CliFailure(message, { code: "INVALID_CONFIG", hints: issues.map(findingLine), details: { issues } });

function parsePath(text: string): readonly Step[] {
  const path = parseConfigPath(text);
  if (!path) throw usageFailure(`${cell(text, 120)} is not a path.`, ["For example: gateway.port, agents.list[0].id"]);
  return path;
}

async function readable(io: CliIo): Promise<LocalConfig> {
  const config = await readLocalConfig(io);
  if (config.problem !== undefined) throw invalid(`The configuration at ${cell(config.path, 300)} cannot be used.`, [{ path: "", message: config.problem }]);
  return config;
}

const losesComments = ({ raw }: LocalConfig): boolean => raw !== undefined && /(^|[\s,{[\]}])(\/\/|\/\*)/m.test(raw);

/** Writes beside the file and renames, so that a gateway never reads half of it. A symbolic link stays one. */
async function replaceFile(config: LocalConfig, raw: string): Promise<void> {
  const path = config.raw === undefined ? config.path : await realpath(config.path);
  if (config.raw !== undefined) await writePrivateFile(`${path}.bak`, config.raw);
  await writePrivateFile(path, raw);
}
