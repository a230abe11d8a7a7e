import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  EMPTY_APPROVALS, listedPatterns, policyOf, problemOfApprovals, replacedApprovals, shownApprovals, withAllowed, withoutAllowed, withUse, type ExecApprovalsFile, type ExecPolicy,
} from "../../../src/domain/nodes/exec-policy/approvals-file.js";
import { isCarrier } from "../../../src/domain/nodes/exec-policy/carrier.js";
import { renderCommand, saysTheSame } from "../../../src/domain/nodes/exec-policy/command-line.js";
import { isHarmlessVariable, refusedVariables, runEnvironment } from "../../../src/domain/nodes/exec-policy/environment.js";
import { judgeRun, rememberedPattern, type RunFacts } from "../../../src/domain/nodes/exec-policy/judge-run.js";
import { isSamePath, matchesPath, problemOfPattern } from "../../../src/domain/nodes/exec-policy/pattern.js";
import { decideReplacement, replacementText, viewOfApprovals } from "../../../src/domain/nodes/exec-policy/replace-approvals.js";

const RULES = { home: "/home/ada", ignoresCase: false };
const name = fc.stringMatching(/^[a-z0-9._-]{1,8}$/u).filter((text) => text !== "." && text !== "..");
const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((steps) => `/${steps.join("/")}`);
const words = fc.array(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("", "a b", "it's", "\n", "$(x)", "\u202e", "\\", "'", "$'a'", "-c")), { minLength: 1, maxLength: 5 });

describe("a command as a person reads it", () => {
  test.each([
    [["git", "log", "-1"], "git log -1"],
    [["echo", "hello world", "it's"], String.raw`echo 'hello world' 'it'\''s'`],
    [["echo", ""], "echo ''"],
    [["echo", "a\nrm -rf /"], String.raw`echo $'a\nrm -rf /'`],
    [["echo", "\u202etxt.exe"], String.raw`echo $'\u202etxt.exe'`],
    [["echo", "\u{e0041}"], String.raw`echo $'\U000e0041'`],
  ])("%j reads %s", (argv, text) => {
    expect(renderCommand(argv)).toBe(text);
  });

  test("is one line without anything unseen, and no two lists of words read alike", () => {
    fc.assert(fc.property(words, words, (one, other) => {
      expect(renderCommand(one)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(renderCommand(one) === renderCommand(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }));
  });

  test("says the same as the text of a client that knows no words, and as no other", () => {
    expect(saysTheSame(["/bin/sh", "-lc", "ls | wc"], "ls | wc")).toBe(true);
    expect(saysTheSame(["/tmp/sh", "-lc", "ls | wc"], "ls | wc")).toBe(false);
    expect(saysTheSame(["/bin/sh", "-lc", "rm x", "ls"], "ls")).toBe(false);
    expect(saysTheSame(["cmd.exe", "/d", "/s", "/c", "dir"], "dir")).toBe(true);
    expect(saysTheSame(["git", "log", "--format=%h|%s"], "git log --format=%h|%s")).toBe(true);
    expect(saysTheSame(["rm", "a b"], "rm a b")).toBe(false);
    expect(saysTheSame(["rm", "'a", "b'"], "rm 'a b'")).toBe(false);
    expect(saysTheSame(["rm", "a b"], "rm 'a b'")).toBe(true);
    expect(saysTheSame(["rm", "", "x"], "rm  x")).toBe(false);
    fc.assert(fc.property(words, (argv) => saysTheSame(argv, renderCommand(argv))));
  });
});

describe("patterns", () => {
  test.each([
    ["/usr/bin/git", "/usr/bin/git", true],
    ["/usr/bin/git", "/usr/bin/git-shell", false],
    ["/usr/bin/g*", "/usr/bin/git", true],
    ["/usr/bin/*", "/usr/bin/sub/git", false],
    ["/usr/**/git", "/usr/local/lib/git", true],
    ["/usr/**/git", "/usr/git", true],
    ["~/bin/*", "/home/ada/bin/tool", true],
    ["~/bin/*", "/home/adam/bin/tool", false],
    ["~/Projects/**/bin/rg", "/home/ada/Projects/a/b/bin/rg", true],
    ["/usr/bin/g?t", "/usr/bin/git", true],
    ["/usr/bin/g?t", "/usr/bin/g/t", false],
    ["git", "/usr/bin/git", false],
    ["*", "/usr/bin/git", false],
    ["**", "/usr/bin/git", false],
    ["./git", "/home/ada/git", false],
    ["/usr/bin/../../tmp/git", "/tmp/git", false],
    ["/USR/bin/git", "/usr/bin/git", false],
  ])("%s and %s: %s", (pattern, target, expected) => {
    expect(matchesPath(pattern, target, RULES)).toBe(expected);
  });

  test("case counts where the host says so, and drives are roots", () => {
    const windows = { home: "C:\\Users\\Ada", ignoresCase: true };
    expect(matchesPath("C:\\Program Files\\Git\\*\\git.exe", "c:\\program files\\git\\cmd\\git.exe", windows)).toBe(true);
    expect(matchesPath("~\\bin\\*", "C:\\Users\\Ada\\bin\\x.exe", windows)).toBe(true);
    expect(matchesPath("D:\\*", "C:\\x.exe", windows)).toBe(false);
    expect(isSamePath("/A/b", "/a/B", { home: "/", ignoresCase: true })).toBe(true);
    // A backslash is a letter like others where paths have slashes.
    expect(matchesPath("/usr/bin/a\\b", "/usr/bin/a/b", RULES)).toBe(false);
  });

  test("a path means itself, and no other", () => {
    fc.assert(fc.property(path, path, (one, other) => {
      expect(matchesPath(one, one, RULES)).toBe(true);
      expect(matchesPath(one, other, RULES)).toBe(one === other);
    }));
  });

  test("a star takes any name and never a slash", () => {
    fc.assert(fc.property(path, name, name, (folder, file, more) => {
      expect(matchesPath(`${folder}/*`, `${folder}/${file}`, RULES)).toBe(true);
      expect(matchesPath(`${folder}/*`, `${folder}/${file}/${more}`, RULES)).toBe(false);
      expect(matchesPath(`${folder}/**`, `${folder}/${file}/${more}`, RULES)).toBe(true);
      expect(matchesPath(`${folder}/*${file}`, `${folder}/${more}${file}`, RULES)).toBe(true);
      expect(matchesPath(`/**/${file}`, `${folder}/${file}`, RULES)).toBe(true);
    }));
  });

  test("agrees with the same pattern as a regular expression", () => {
    const signs = fc.array(fc.constantFrom("a", "b", "/", "*", "?", "**", "/**/"), { maxLength: 8 }).map((parts) => `/${parts.join("")}`);
    const targets = fc.array(fc.constantFrom("a", "b", "/"), { minLength: 1, maxLength: 8 }).map((parts) => `/${parts.join("")}`);
    fc.assert(fc.property(signs, targets, (pattern, target) => {
      fc.pre(problemOfPattern(pattern) === undefined && !/\/\/|\/$/u.test(target));
      const source = pattern.split("/").slice(1).map((step) => (step === "**" ? "(?:/[^/]+)*" : `/${step.replaceAll(/\*+/gu, "[^/]*").replaceAll("?", "[^/]")}`)).join("");
      expect(matchesPath(pattern, target, RULES)).toBe(new RegExp(`^${source}$`, "u").test(target));
    }), { numRuns: 2000 });
  });

  test("what no pattern may be matches nothing, and nothing takes long", () => {
    for (const bad of ["", " ", "git", "a/b", "/a/../b", "/a/./b", "/a//b", "/a\n", "/\u202ea", `/${"a".repeat(2000)}`, "~", "~bob/x"]) {
      expect(problemOfPattern(bad)).toBeDefined();
      fc.assert(fc.property(path, (target) => !matchesPath(bad, target, RULES)), { numRuns: 20 });
    }
    const started = process.hrtime.bigint();
    matchesPath(`/${"a*".repeat(500)}b`, `/${"a".repeat(4000)}`, RULES);
    matchesPath(`/${"**/a/".repeat(200)}b`, `/${"a/".repeat(2000)}c`, RULES);
    expect(Number(process.hrtime.bigint() - started)).toBeLessThan(2_000_000_000);
  });
});

const policy = (change: Partial<ExecPolicy> = {}, ...patterns: string[]): ExecPolicy => ({
  security: "allowlist", ask: "on-miss", askFallback: "deny", allowlist: patterns.map((pattern) => ({ pattern, agentId: "main" })), ...change,
});
const judge = (change: Partial<RunFacts>) => judgeRun({ program: { found: "/usr/bin/git", real: "/usr/bin/git" }, variables: [], policy: policy(), rules: RULES, ...change });
const sh = { found: "/bin/sh", real: "/usr/bin/dash" };

describe("whether a command may run", () => {
  test.each([
    ["on the list", { policy: policy({}, "/usr/bin/git") }, { kind: "run", by: "allowlist" }],
    ["not on it", {}, { kind: "ask", reason: "not-listed" }],
    ["not on it, and nobody is to be asked", { policy: policy({ ask: "off" }) }, { kind: "deny", reason: "not-listed" }],
    ["not on it, nobody is to be asked, and somebody approved", { policy: policy({ ask: "off" }), voucher: { kind: "approved", decision: "allow-once" } }, { kind: "deny" }],
    ["on it, and everything is asked", { policy: policy({ ask: "always" }, "/usr/bin/git") }, { kind: "ask", reason: "always" }],
    ["everything may run", { policy: policy({ security: "full" }) }, { kind: "run", by: "full" }],
    ["everything may run once asked", { policy: policy({ security: "full", ask: "always" }) }, { kind: "ask", reason: "always" }],
    ["nothing may run", { policy: policy({ security: "deny" }, "/usr/bin/git"), voucher: { kind: "approved", decision: "allow-always" } }, { kind: "deny", reason: "off" }],
    ["approved", { voucher: { kind: "approved", decision: "allow-once" } }, { kind: "run", by: "approval" }],
    ["approved for good", { voucher: { kind: "approved", decision: "allow-always" } }, { kind: "run", by: "approval", remember: "/usr/bin/git" }],
    ["a shell, by a star", { program: sh, policy: policy({}, "/usr/bin/*", "/bin/*") }, { kind: "ask", reason: "carrier" }],
    ["a shell, by its name", { program: sh, policy: policy({}, "/bin/sh") }, { kind: "run", by: "allowlist" }],
    ["a shell, by the name of the file", { program: sh, policy: policy({}, "/usr/bin/dash") }, { kind: "run", by: "allowlist" }],
    ["a link to a shell in a folder that is listed", { program: { found: "/opt/tools/git", real: "/usr/bin/dash" }, policy: policy({}, "/opt/tools/*") }, { kind: "ask", reason: "not-listed" }],
    ["a link that is listed itself", { program: { found: "/usr/bin/editor", real: "/usr/bin/nano" }, policy: policy({}, "/usr/bin/editor") }, { kind: "run", by: "allowlist" }],
    ["variables of its own", { variables: ["GREETING"], policy: policy({}, "/usr/bin/git") }, { kind: "ask", reason: "variables" }],
    ["variables that only show", { variables: ["LANG", "LC_TIME", "TZ"], policy: policy({}, "/usr/bin/git") }, { kind: "run", by: "allowlist" }],
    ["nobody answered, and that means no", { voucher: { kind: "unanswered" } }, { kind: "ask", reason: "not-listed" }],
    ["nobody answered, and that means yes", { policy: policy({ askFallback: "full" }), voucher: { kind: "unanswered" } }, { kind: "run", by: "fallback" }],
    ["nobody answered, and the list holds", { policy: policy({ ask: "always", askFallback: "allowlist" }, "/usr/bin/git"), voucher: { kind: "unanswered" } }, { kind: "run", by: "allowlist" }],
    ["nobody answered, and the list does not have it", { policy: policy({ askFallback: "allowlist" }), voucher: { kind: "unanswered" } }, { kind: "ask" }],
  ] as const)("%s", (_, change, verdict) => {
    expect(judge(change as Partial<RunFacts>)).toMatchObject(verdict);
  });

  test("an always for what runs anything is worth one run, and one with variables as well", () => {
    const always = { kind: "approved", decision: "allow-always" } as const;
    expect(judge({ program: sh, voucher: always })).toEqual({ kind: "run", by: "approval" });
    expect(judge({ variables: ["A"], voucher: always })).toEqual({ kind: "run", by: "approval" });
    expect(judge({ program: { found: "/a/b*", real: "/a/b*" }, voucher: always })).toEqual({ kind: "run", by: "approval" });
    expect(rememberedPattern("relative")).toBeUndefined();
  });

  test("without an approval, nothing runs that no entry means", () => {
    fc.assert(fc.property(path, fc.array(path, { maxLength: 4 }), fc.constantFrom("off", "on-miss", "always"), (real, patterns, ask) => {
      const verdict = judgeRun({ program: { found: real, real }, variables: [], rules: RULES, policy: policy({ ask: ask as "off" }, ...patterns) });
      if (verdict.kind === "run") expect(patterns).toContain(real);
    }));
  });

  test.each(["/bin/sh", "/usr/bin/python3.12", "C:\\Windows\\System32\\cmd.exe", "/usr/bin/env", "/bin/busybox", "/lib64/ld-linux-x86-64.so.2", "/usr/bin/BASH", "/usr/bin/xargs", "/opt/lua5.4"])("%s runs whatever it is told", (program) => {
    expect(isCarrier(program)).toBe(true);
  });
  test.each(["/usr/bin/git", "/bin/echo", "/usr/bin/rg", "/bin/shred", "/usr/bin/date"])("%s does not", (program) => {
    expect(isCarrier(program)).toBe(false);
  });
});

describe("the variables of a run", () => {
  test("those that steer a program are refused, however they are written", () => {
    const bad = ["LD_PRELOAD", "ld_preload", "DYLD_INSERT_LIBRARIES", "NODE_OPTIONS", "PATH", "Path", "BASH_ENV", "ENV", "IFS", "PYTHONSTARTUP", "PERL5OPT", "RUBYOPT", "GIT_SSH_COMMAND", "BASH_FUNC_ls%%", "A=B", "", "a b", "HOME", "OPENCLAW_TOKEN"];
    expect(refusedVariables(bad)).toEqual(bad);
    expect(refusedVariables(["GREETING", "LANG", "DEBUG", "MY_PATH", "PATHS"])).toEqual([]);
    expect(isHarmlessVariable("LC_ALL")).toBe(true);
    expect(isHarmlessVariable("DEBUG")).toBe(false);
  });

  test("the node's own secrets are not handed on", () => {
    expect(runEnvironment({ PATH: "/bin", OPENCLAW_GATEWAY_TOKEN: "x", clawdbot_token: "y", GONE: undefined }, { A: "1" })).toEqual({ PATH: "/bin", A: "1" });
  });
});

const file = (change: Record<string, unknown>): ExecApprovalsFile => ({ version: 1, ...change });

describe("the file", () => {
  test("an agent's own words come before everybody's, and those before the defaults; lists come together", () => {
    const whole = file({
      defaults: { security: "deny", ask: "always" },
      agents: { "*": { security: "full", allowlist: ["/usr/bin/rg"] }, main: { ask: "off", allowlist: [{ id: "1", pattern: "/usr/bin/git", lastUsedAt: 1 }] } },
    });
    expect(policyOf(whole)).toEqual({
      security: "full", ask: "off", askFallback: "deny",
      allowlist: [{ pattern: "/usr/bin/git", agentId: "main" }, { pattern: "/usr/bin/rg", agentId: "*" }],
    });
    expect(policyOf(whole, "other").ask).toBe("always");
    expect(policyOf(file({}), "__proto__")).toMatchObject({ security: "allowlist", ask: "on-miss", askFallback: "deny", allowlist: [] });
    expect(policyOf(EMPTY_APPROVALS, "constructor").allowlist).toEqual([]);
  });

  test.each([
    [null, "the file must be an object"],
    [file({ version: 2 }), "version must be 1"],
    [file({ defaults: { security: "open" } }), "defaults.security must be one of deny, allowlist, full"],
    [file({ defaults: { ask: 1 } }), "defaults.ask must be one of off, on-miss, always"],
    [file({ agents: [] }), "agents must be an object"],
    [file({ agents: { main: null } }), "agents[0] must be an object"],
    [file({ agents: { main: { allowlist: {} } } }), "agents[0].allowlist must be a list"],
    [file({ agents: { main: { allowlist: ["/a", { pattern: 1 }] } } }), "agents[0].allowlist[1].pattern must be a text"],
  ])("%j is none: %s", (value, problem) => {
    expect(problemOfApprovals(value)).toBe(problem);
  });

  test("reading never throws, and a word that is none never opens anything", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const problem = problemOfApprovals(value);
      if (problem === undefined) expect(["deny", "allowlist", "full"]).toContain(policyOf(value as ExecApprovalsFile).security);
    }));
  });

  test("changing a list keeps what others put there", () => {
    const before = file({ socket: { path: "/s", token: "secret" }, note: "mine", agents: { main: { ask: "always", allowlist: ["/usr/bin/rg"] }, other: { x: 1 } } });
    const added = withAllowed(before, { pattern: "/usr/bin/git" });
    expect(added).toEqual({ ...before, agents: { other: { x: 1 }, main: { ask: "always", allowlist: [{ pattern: "/usr/bin/rg" }, { pattern: "/usr/bin/git" }] } } });
    expect(withAllowed(added as ExecApprovalsFile, { pattern: "/usr/bin/git" })).toBe(added);
    expect(withAllowed(before, { pattern: "git" })).toBe("no-pattern");
    expect(listedPatterns(withAllowed(before, { agentId: "__proto__", pattern: "/a" }) as ExecApprovalsFile)).toContainEqual({ agentId: "__proto__", patterns: ["/a"] });
    expect(withoutAllowed(before, { pattern: "/usr/bin/git" })).toBeUndefined();
    expect(policyOf(withoutAllowed(added as ExecApprovalsFile, { pattern: "/usr/bin/rg" }) ?? {}).allowlist).toEqual([{ pattern: "/usr/bin/git", agentId: "main" }]);
    expect(withUse(before, { agentId: "main", pattern: "/usr/bin/rg", at: 5, resolvedPath: "/usr/bin/rg" })).toMatchObject({ agents: { main: { allowlist: [{ pattern: "/usr/bin/rg", lastUsedAt: 5, lastResolvedPath: "/usr/bin/rg" }] } } });
    const full = file({ agents: { main: { allowlist: Array.from({ length: 1000 }, (_, nth) => `/a/${nth}`) } } });
    expect(withAllowed(full, { pattern: "/b" })).toBe("too-many");
  });

  test("the socket's secret is neither shown nor set nor lost", () => {
    const secret = file({ socket: { path: "/s", token: "secret" } });
    expect(JSON.stringify(shownApprovals(secret))).not.toContain("secret");
    expect(replacedApprovals(secret, shownApprovals(secret))).toEqual(secret);
    expect(replacedApprovals(secret, file({ agents: {} }))).toEqual(file({ agents: {}, socket: { path: "/s", token: "secret" } }));
    expect(replacedApprovals(file({}), file({ socket: { path: "/t", token: "mine" } }))).toEqual(file({ socket: { path: "/t" } }));
    expect(replacedApprovals(secret, file({ socket: { token: "mine" } }))).toEqual(file({ socket: { token: "secret" } }));
  });

  test("is replaced by those who saw it", () => {
    const current = { path: "/p", exists: true, hash: "abc", content: { kind: "usable", file: file({}) } } as const;
    expect(decideReplacement(current, file({}), "abc")).toEqual({ kind: "replace", file: file({}) });
    const texts = [undefined, "", "old"].map((hash) => {
      const decision = decideReplacement(current, file({}), hash);
      return decision.kind === "refused" ? replacementText(decision, "exec.approvals.get") : "";
    });
    expect(texts).toEqual([
      "exec approvals base hash required; re-run exec.approvals.get and retry",
      "exec approvals base hash required; re-run exec.approvals.get and retry",
      "exec approvals changed since last load; re-run exec.approvals.get and retry",
    ]);
    const wrong = decideReplacement(current, file({ version: 9 }), "abc");
    expect(wrong.kind === "refused" && replacementText(wrong, "x")).toBe("invalid exec approvals file: version must be 1");
    expect(decideReplacement({ ...current, exists: false }, file({}), undefined).kind).toBe("replace");
    expect(decideReplacement({ ...current, content: { kind: "unusable" } }, file({ a: 1 }), "abc")).toEqual({ kind: "replace", file: file({ a: 1 }) });
    expect(viewOfApprovals(current)).toEqual({ path: "/p", exists: true, hash: "abc", file: file({}) });
    expect(viewOfApprovals({ ...current, content: { kind: "unusable", problem: "it is not valid JSON" } })).toBe(
      "the exec approvals file /p cannot be used: it is not valid JSON; mend it where it lies, or replace it by a set with baseHash abc",
    );
  });
});
