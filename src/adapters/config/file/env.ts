export type Env = Readonly<Record<string, string | undefined>>;

/** A variable's text; an empty one counts as not set. */
export const variable = (env: Env, name: string): string | undefined => {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value === "" ? undefined : value;
};

/** One of OpenClaw's own variables, also under the name it had before the project was renamed. */
export const gatewayVariable = (env: Env, name: string): string | undefined =>
  variable(env, `OPENCLAW_${name}`) ?? variable(env, `CLAWDBOT_${name}`);

/** Only the variables that are set: an empty one must not hide one of the same name further down. */
export const setIn = (env: Env): Env => Object.fromEntries(Object.keys(env).flatMap((name) => {
  const value = variable(env, name);
  return value === undefined ? [] : [[name, value]];
}));

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/;

/** Reads `NAME=value` lines. Quotes around a value are taken off; a line of another form is passed over. */
export function parseDotenv(text: string): Env {
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of text.split(/\r?\n/)) {
    const match = LINE.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    found[match[1]] = unquote(match[2]);
  }
  return found;
}

function unquote(text: string): string {
  const single = /^'([^']*)'(?:\s+#.*)?$/.exec(text);
  if (single?.[1] !== undefined) return single[1];
  const double = /^"((?:[^"\\]|\\.)*)"(?:\s+#.*)?$/.exec(text);
  if (double?.[1] !== undefined) {
    return double[1].replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
  }
  return text.replace(/(^|\s+)#.*$/, "");
}
