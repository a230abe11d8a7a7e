import { fieldsOf } from "../../../domain/foreign-fields.js";
import { runEnvironment } from "../../../domain/nodes/exec-policy/environment.js";
import type { Clock } from "../../../ports/clock.js";
import type { NodeCall, NodeCommand, NodeCommandOutcome } from "../../../ports/node-command.js";
import { runChild } from "../child-run.js";
import type { SystemHost } from "../system-host.js";
import { findProgram } from "../program-finder.js";

const SHOWN_MS = 10_000;
const MAX_CHARS = 4_000;
// oxlint-disable-next-line no-control-regex -- these are what it is about
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/gu;

interface Notice {
  readonly title: string;
  readonly body: string;
  readonly priority: string;
  readonly isSilent: boolean;
}

/** The texts are arguments, never part of a script: whatever they say is shown. */
const SCRIPT = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run";
const SCRIPT_WITH_SOUND = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv) sound name \"default\"\nend run";

const URGENCIES: Readonly<Record<string, string>> = { passive: "low", active: "normal", timeSensitive: "critical" };
const urgencyOf = (priority: string): string => (Object.hasOwn(URGENCIES, priority) ? URGENCIES[priority] : undefined) ?? "normal";

/** Such desktops read the body as markup. */
const plain = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** `system.notify`: a notice on this host's desktop, where it has one. */
export class SystemNotify implements NodeCommand {
  readonly name = "system.notify";
  readonly #host: SystemHost;
  readonly #clock: Clock;

  constructor({ host, clock }: { host: SystemHost; clock: Clock }) {
    this.#host = host;
    this.#clock = clock;
  }

  async available(): Promise<boolean> {
    const { platform, env } = this.#host;
    const hasDesktop = platform === "darwin" || [env["DBUS_SESSION_BUS_ADDRESS"], env["DISPLAY"], env["WAYLAND_DISPLAY"]].some((one) => one !== undefined && one !== "");
    return hasDesktop && (await this.#program()) !== undefined;
  }

  #program() {
    return findProgram(this.#host.platform === "darwin" ? "osascript" : "notify-send", this.#host, this.#host.cwd);
  }

  async run(params: unknown, { cancel }: NodeCall): Promise<NodeCommandOutcome> {
    const notice = readNotice(params);
    if (typeof notice === "string") return { kind: "failed", code: "INVALID_REQUEST", message: notice };
    const program = await this.#program();
    if (program === undefined) return { kind: "failed", code: "UNAVAILABLE", message: "this node has no program that shows notices." };
    const { env, cwd } = this.#host;
    const end = await runChild({
      file: program.real, name: program.found, args: this.#argsOf(notice), cwd, env: runEnvironment(env, {}), timeoutMs: SHOWN_MS, clock: this.#clock, cancel,
    });
    return end.kind === "ended" && end.exitCode === 0 ? { kind: "done" } : { kind: "failed", code: "UNAVAILABLE", message: "the notice could not be shown on this node's desktop." };
  }

  #argsOf({ title, body, priority, isSilent }: Notice): readonly string[] {
    if (this.#host.platform === "darwin") return ["-e", isSilent ? SCRIPT : SCRIPT_WITH_SOUND, title, body];
    const hints = isSilent ? ["--hint=boolean:suppress-sound:true"] : [];
    return ["--app-name=OpenClaw", `--urgency=${urgencyOf(priority)}`, ...hints, "--", title, plain(body)];
  }
}

function readNotice(params: unknown): Notice | string {
  const { title = "", body = "", priority = "", sound = "" } = fieldsOf(params) ?? {};
  if (typeof title !== "string" || typeof body !== "string") return "title and body must be texts.";
  const [said, more] = [title, body].map((text) => text.replaceAll(CONTROLS, "").trim().slice(0, MAX_CHARS)) as [string, string];
  if (said === "" && more === "") return "a notice needs a title or a body.";
  return { title: said === "" ? "OpenClaw" : said, body: more, priority: typeof priority === "string" ? priority : "", isSilent: sound === "" || sound === false || sound === "none" };
}
