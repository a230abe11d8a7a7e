import type { ConfigIssue } from "../../../ports/config-source.js";

type Section = Readonly<Record<string, unknown>>;

/** One step from an older shape of the file to the present one: pure, and without effect on a file that is past it. */
export interface Migration {
  /** The release whose files no longer need it. */
  readonly until: string;
  /** Where the keys were, and where they are now. */
  readonly moves: readonly Move[];
}

interface Move {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

const CHANNELS = ["whatsapp", "telegram", "discord", "slack", "signal", "imessage"] as const;
const AGENT_KEYS = ["model", "models", "workspace", "timeoutSeconds", "heartbeat", "systemPrompt", "maxConcurrent", "thinkingDefault", "userTimezone", "contextTokens"] as const;

/** In the order in which they were needed. A new one goes to the end, with a fixture of a file that needs it. */
export const MIGRATIONS: readonly Migration[] = [
  {
    until: "2026.1.5",
    moves: CHANNELS.map((id) => ({ from: [id], to: ["channels", id] })),
  },
  {
    until: "2026.1.9",
    moves: [
      ...AGENT_KEYS.map((key) => ({ from: ["agent", key], to: ["agents", "defaults", key] })),
      { from: ["routing", "agents"], to: ["agents", "list"] },
      { from: ["routing", "bindings"], to: ["bindings"] },
      { from: ["routing", "groupChat"], to: ["messages", "groupChat"] },
      { from: ["routing", "queue"], to: ["messages", "queue"] },
      { from: ["routing", "allowFrom"], to: ["channels", "whatsapp", "allowFrom"] },
    ],
  },
  {
    until: "2026.1.12",
    moves: [
      { from: ["gateway", "token"], to: ["gateway", "auth", "token"] },
      { from: ["gateway", "password"], to: ["gateway", "auth", "password"] },
      { from: ["agent", "identity"], to: ["agents", "defaults", "identity"] },
    ],
  },
];

export interface Migrated {
  readonly value: unknown;
  /** What was found at an old place, with the place where it belongs now. */
  readonly moved: readonly ConfigIssue[];
}

/** Reads a file of any age as if it were of today. The file itself is not touched. */
export function migrate(parsed: unknown): Migrated {
  const moved: ConfigIssue[] = [];
  const value = MIGRATIONS.flatMap(({ moves }) => moves).reduce((root, move) => apply(root, move, moved), parsed);
  return { value, moved };
}

function apply(root: unknown, { from, to }: Move, moved: ConfigIssue[]): unknown {
  const found = valueAt(root, from);
  if (found === undefined || !isSection(root)) return root;
  const path = from.join(".");
  if (valueAt(root, to) !== undefined) {
    moved.push({ path, message: `This key moved to ${to.join(".")}, which is set as well and wins. Remove this one.` });
    return without(root, from);
  }
  const next = placed(without(root, from), to, found);
  // Something that is no section is in the way: what is wrong there is told where it stands.
  if (next === undefined) return root;
  moved.push({ path, message: `This key moved to ${to.join(".")}. It is read there; \`openclaw config migrate\` writes it there.` });
  return next;
}

const isSection = (value: unknown): value is Section => typeof value === "object" && value !== null && !Array.isArray(value);

const valueAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (isSection(value) && Object.hasOwn(value, key) ? value[key] : undefined), root);

/** Sections that end up empty go as well. */
function without(root: Section, [key = "", ...rest]: readonly string[]): Section {
  const { [key]: found, ...others } = root;
  if (rest.length === 0) return others;
  const inner = isSection(found) ? without(found, rest) : {};
  return Object.keys(inner).length === 0 ? others : { ...others, [key]: inner };
}

function placed(root: Section, [key = "", ...rest]: readonly string[], value: unknown): Section | undefined {
  if (rest.length === 0) return { ...root, [key]: value };
  const found = root[key];
  if (found !== undefined && !isSection(found)) return undefined;
  const inner = placed(found ?? {}, rest, value);
  return inner === undefined ? undefined : { ...root, [key]: inner };
}
