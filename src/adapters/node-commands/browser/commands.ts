import type { NodeCall, NodeCommand, NodeCommandOutcome } from "../../../ports/node-command.js";
import { findBrowser, hasDriver } from "./find-browser.js";
import { isWrong, readA2ui, readPresent, readScript, readSnapshot, readUrl } from "./params.js";
import { runScript } from "./page-script.js";
import { takePicture } from "./picture.js";
import { failed, Stage, type StageParts } from "./stage.js";

const MAX_EVAL = 1_000_000;

type Run = (stage: Stage, params: unknown) => Promise<NodeCommandOutcome>;

const DONE: NodeCommandOutcome = { kind: "done" };

const present: Run = async (stage, params) => {
  const wish = readPresent(params);
  if (isWrong(wish)) return wish;
  const problem = wish.url === undefined ? undefined : await stage.show(wish.url);
  if (problem) return problem;
  const page = await stage.shown();
  if (isWrong(page)) return page;
  await page.place(wish.placement);
  stage.reveal();
  return DONE;
};

const navigate: Run = async (stage, params) => {
  const url = readUrl(params);
  return typeof url === "string" ? ((await stage.show(url)) ?? DONE) : url;
};

const evaluate: Run = async (stage, params) => {
  const script = readScript(params);
  if (typeof script !== "string") return script;
  const page = await stage.shown();
  if (isWrong(page)) return page;
  const end = await runScript(page.cdp, script, MAX_EVAL);
  switch (end.kind) {
    case "value": return { kind: "done", payload: { result: end.text } };
    case "threw": return failed(`The script failed: ${end.message}`, "INVALID_REQUEST");
    case "too-large": return failed(`The script's result has ${end.length} characters, and ${MAX_EVAL} are the most that is sent: let it return less.`, "PAYLOAD_TOO_LARGE");
  }
};

const snapshot: Run = async (stage, params) => {
  const wish = readSnapshot(params);
  if (isWrong(wish)) return wish;
  const page = await stage.shown();
  if (isWrong(page)) return page;
  const picture = await takePicture(page.cdp, wish);
  if (picture.kind === "too-large") return failed("The picture is too large even when it is made smaller: ask for a JPEG, or for a smaller maxWidth.", "PAYLOAD_TOO_LARGE");
  const { kind: _kind, ...payload } = picture;
  return { kind: "done", payload };
};

const push: Run = async (stage, params) => {
  const messages = readA2ui(params);
  if (isWrong(messages)) return messages;
  return (await stage.a2ui(`applyMessages(${JSON.stringify(messages)})`)) ?? DONE;
};

const COMMANDS: Readonly<Record<string, Run>> = {
  "canvas.present": present,
  "canvas.hide": async (stage) => {
    stage.hide();
    return DONE;
  },
  "canvas.navigate": navigate,
  "canvas.eval": evaluate,
  "canvas.snapshot": snapshot,
  "canvas.a2ui.push": push,
  "canvas.a2ui.pushJSONL": push,
  "canvas.a2ui.reset": async (stage) => (await stage.a2ui("reset()")) ?? DONE,
};

/** The canvas of a node: a page in a browser of its host, without a screen. Not available where there is no browser. */
export function browserCommands(parts: StageParts): readonly NodeCommand[] {
  const stage = new Stage(parts);
  const { config } = parts;
  const available = async (): Promise<boolean> => config.enabled !== false && hasDriver() && (await findBrowser(config.executablePath)) !== undefined;
  return Object.entries(COMMANDS).map(([name, run]) => ({
    name,
    available,
    run: (params: unknown, call: NodeCall) => stage.inTurn(call, () => run(stage, params)),
    close: () => stage.close(),
  }));
}
