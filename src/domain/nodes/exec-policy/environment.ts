/** Variables that make a program load, or run, something else than its own. Never taken from whoever asks for a run. */
const STEERING = new RegExp(
  `^(?:${[
    "LD_.*", "DYLD_.*", "GCONV_PATH", "LOCPATH", "NLSPATH", "HOSTALIASES", "RES_OPTIONS", "MALLOC_.*", "GLIBC_TUNABLES",
    "PATH", "PATHEXT", "COMSPEC", "SYSTEMROOT", "WINDIR", "HOME", "USERPROFILE", "XDG_.*", "TMPDIR", "TEMP", "TMP",
    "SHELL", "SHELLOPTS", "BASHOPTS", "BASH_.*", "ENV", "ZDOTDIR", "IFS", "PS4", "PROMPT_COMMAND", "CDPATH", "FPATH",
    "NODE_.*", "NPM_.*", "DENO_.*", "BUN_.*", "PYTHON.*", "PERL.*", "RUBY.*", "GEM_.*", "BUNDLE_.*", "PHPRC", "PHP_INI.*", "LUA_.*", "R_.*", "TCLLIBPATH",
    "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "GO(?:FLAGS|ROOT|TOOLCHAIN)", "RUSTC.*", "CARGO_.*", "DOTNET_.*", "CORECLR_.*", "COR_.*",
    "GIT_.*", "SSH_.*", "HG.*", "EDITOR", "VISUAL", "PAGER", "MANPAGER", "LESS(?:OPEN|CLOSE)", "BROWSER", "OPENSSL_.*", "SSL_.*", "CURL_HOME", "WGETRC",
    "OPENCLAW_.*", "CLAWDBOT_.*",
  ].join("|")})$`,
  "u",
);

/** Variables that change how something looks, and nothing else. */
const HARMLESS: ReadonlySet<string> = new Set(["LANG", "LANGUAGE", "TZ", "TERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CI"]);
const HARMLESS_FAMILY = /^LC_[A-Z]+$/u;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/u;

/** Whether a list may let a program through although the run brings this variable. */
export const isHarmlessVariable = (name: string): boolean => HARMLESS.has(name) || HARMLESS_FAMILY.test(name);

/** Those of the names that no run may bring, approved or not. Their case counts for nothing, since on some hosts it does not. */
export const refusedVariables = (names: readonly string[]): readonly string[] => names.filter((name) => !NAME.test(name) || STEERING.test(name.toUpperCase()));

/** What belongs to the gateway or the node, such as its secrets. */
const OF_THE_HOUSE = /^(?:OPENCLAW|CLAWDBOT)_/iu;

/** The environment of a run: the host's own without what is the node's, and the variables that the run brings. */
export const runEnvironment = (own: Readonly<Record<string, string | undefined>>, brought: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries([...Object.entries(own), ...Object.entries(brought)].flatMap(([name, value]) => (value === undefined || OF_THE_HOUSE.test(name) ? [] : [[name, value] as const])));
