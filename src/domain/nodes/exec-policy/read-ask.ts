import { MAX_APPROVAL_MS, MAX_COMMAND, MAX_ID, type ApprovalAsk } from "./approval.js";
import { renderCommand } from "./command-line.js";
import { refusedVariables } from "./environment.js";

/** What somebody sends who wants a command approved. */
export interface AskParams {
  readonly id?: string;
  readonly command: string;
  readonly commandArgv?: readonly string[] | null;
  readonly cwd?: string | null;
  readonly host?: string | null;
  readonly nodeId?: string | null;
  readonly security?: string | null;
  readonly ask?: string | null;
  readonly agentId?: string | null;
  readonly resolvedPath?: string | null;
  readonly sessionKey?: string | null;
  readonly env?: Readonly<Record<string, string>> | null;
  readonly timeoutMs?: number;
}

/** A text that shows something else than it says: directions turned round, signs of no width, controls but for line ends and tabs. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
const DECEIVING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}\u{e0000}-\u{e007f}]/u;
const ID = /^[!-~]+$/u;

/** The question that is put to a person, or why it is not put, as a whole sentence. */
export function readAsk(params: AskParams): ApprovalAsk | string {
  const { id, commandArgv, env, timeoutMs } = params;
  if (id !== undefined && (id.length > MAX_ID || !ID.test(id))) return `an approval id is at most ${MAX_ID} printable characters without spaces`;
  if (timeoutMs !== undefined && timeoutMs > MAX_APPROVAL_MS) return `an approval waits for at most ${MAX_APPROVAL_MS} ms; ask again when that time is up`;
  const argv = commandArgv ?? null;
  // Told in the gateway's words: what a person reads is then what runs.
  const command = argv === null ? params.command : renderCommand(argv);
  const texts = [command, params.cwd, params.host, params.nodeId, params.security, params.ask, params.agentId, params.resolvedPath, params.sessionKey];
  if (texts.some((text) => (text?.length ?? 0) > MAX_COMMAND)) return `a command of more than ${MAX_COMMAND} characters can't be read by whoever is to approve it; put it into a file and run that`;
  if (texts.some((text) => DECEIVING.test(text ?? ""))) return "the request holds characters that nobody sees; name the command's words in commandArgv, where they are shown";
  const refused = refusedVariables(Object.keys(env ?? {}));
  if (refused.length > 0) return `no run may bring ${refused.join(", ").slice(0, 200)}; leave it out of env`;
  return {
    command,
    argv,
    cwd: orNull(params.cwd),
    host: orNull(params.host),
    nodeId: orNull(params.nodeId),
    security: orNull(params.security),
    ask: orNull(params.ask),
    agentId: orNull(params.agentId),
    resolvedPath: orNull(params.resolvedPath),
    sessionKey: orNull(params.sessionKey),
    env: env === null || env === undefined || Object.keys(env).length === 0 ? null : env,
  };
}

const orNull = (text: string | null | undefined): string | null => (text === undefined || text === "" ? null : text);
