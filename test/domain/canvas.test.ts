import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canvasBase, isLoopbackHost } from "../../src/domain/canvas/address.js";
import { CAPABILITY_GRACE_MS, CAPABILITY_TTL_MS, CapabilityBook } from "../../src/domain/canvas/capability.js";
import { isCanvasPath, parseCanvasTarget } from "../../src/domain/canvas/path.js";
import { epochMs } from "../../src/domain/moment.js";

const T0 = epochMs(1_790_000_000_000);
const at = (ms: number) => epochMs(T0 + ms);
const TOKEN = "AbCdEfGhIjKlMnOpQrStUv-_";

describe("capabilities", () => {
  test("open for ten minutes after they were last used, and no longer", () => {
    const book = new CapabilityBook<object>();
    expect(book.grant("a", {}, T0)).toBe(at(CAPABILITY_TTL_MS));
    expect(book.use("a", at(CAPABILITY_TTL_MS - 1))).toBe(true);
    expect(book.use("a", at(2 * CAPABILITY_TTL_MS - 2))).toBe(true);
    expect(book.use("a", at(3 * CAPABILITY_TTL_MS - 2))).toBe(false);
    expect(book.use("a", T0)).toBe(false);
    expect(book.use("b", T0)).toBe(false);
    expect(book.size).toBe(0);
  });

  test("end soon after the connection they were given to, however much they are used", () => {
    const book = new CapabilityBook<object>();
    const holder = {};
    book.grant("a", holder, T0);
    book.left(holder, at(10));
    expect(book.use("a", at(10 + CAPABILITY_GRACE_MS - 1))).toBe(true);
    expect(book.use("a", at(10 + CAPABILITY_GRACE_MS))).toBe(false);
    expect(book.size).toBe(0);
  });

  test("end at once where they are revoked, in their grace too", () => {
    const book = new CapabilityBook<{ name: string }>();
    const [ada, eve] = [{ name: "ada" }, { name: "eve" }];
    book.grant("a", ada, T0);
    book.grant("e1", eve, T0);
    book.grant("e2", eve, T0);
    book.left(eve, T0);
    book.revokeWhere(({ name }) => name === "eve");
    expect([book.use("a", T0), book.use("e1", T0), book.use("e2", T0), book.size]).toEqual([true, false, false, 1]);
  });

  test("a holder has few at once, and all of them together are bounded", () => {
    const book = new CapabilityBook<object>({ most: 3, perHolder: 2 });
    const [one, two] = [{}, {}];
    for (const digest of ["a", "b", "c"]) book.grant(digest, one, T0);
    expect(["a", "b", "c"].map((digest) => book.use(digest, T0))).toEqual([false, true, true]);
    book.grant("d", two, T0);
    book.use("b", T0);
    book.grant("e", two, T0);
    expect(["b", "c", "d", "e"].map((digest) => book.use(digest, T0))).toEqual([true, false, true, true]);
  });

  test("whatever happens, what is forgotten is forgotten everywhere", () => {
    const holders = [{ id: 0 }, { id: 1 }, { id: 2 }];
    const step = fc.oneof(
      fc.record({ kind: fc.constant("grant" as const), digest: fc.nat(20), holder: fc.nat(2) }),
      fc.record({ kind: fc.constant("use" as const), digest: fc.nat(20) }),
      fc.record({ kind: fc.constant("left" as const), holder: fc.nat(2) }),
      fc.record({ kind: fc.constant("revoke" as const), holder: fc.nat(2) }),
      fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(CAPABILITY_TTL_MS) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const book = new CapabilityBook<{ id: number }>({ most: 8, perHolder: 3 });
      let now = 0;
      for (const [nth, one] of steps.entries()) {
        // A token is drawn anew each time: no two grants share a digest.
        if (one.kind === "grant") book.grant(`${one.digest}/${nth}`, holders[one.holder]!, at(now));
        if (one.kind === "use") book.use(`${one.digest}/${nth - 1}`, at(now));
        if (one.kind === "left") book.left(holders[one.holder]!, at(now));
        if (one.kind === "revoke") book.revokeWhere(({ id }) => id === one.holder);
        if (one.kind === "pass") now += one.ms;
        expect(book.size).toBeLessThanOrEqual(8);
      }
      book.revokeWhere(() => true);
      expect(book.size).toBe(0);
    }));
  });
});

describe("paths", () => {
  const file = (target: string) => {
    const found = parseCanvasTarget(target);
    return found?.target.kind === "file" ? { ...found.target, base: found.base } : found;
  };

  test("name a file of the canvas or of the A2UI page, below a capability or not, under the older name too", () => {
    expect(file("/__openclaw__/canvas/")).toEqual({ kind: "file", area: "canvas", segments: [], asFolder: true, base: "" });
    expect(file("/__openclaw__/canvas")).toMatchObject({ segments: [], asFolder: false });
    expect(file("/__clawdbot__/a2ui/a/b%20c.js?platform=ios")).toEqual({ kind: "file", area: "a2ui", segments: ["a", "b c.js"], asFolder: false, base: "" });
    expect(parseCanvasTarget(`/__openclaw__/cap/${TOKEN}/__clawdbot__/canvas/x.html?a?b`)).toEqual({
      target: { kind: "file", area: "canvas", segments: ["x.html"], asFolder: false }, base: `/__openclaw__/cap/${TOKEN}`, capability: TOKEN, query: "?a?b",
    });
    for (const end of ["", "/"]) expect(parseCanvasTarget(`/__openclaw__/cap/${TOKEN}${end}`)?.target).toEqual({ kind: "front" });
    for (const live of ["/__openclaw__/ws", "/__clawdbot__/ws", "/__clawdbot/ws", `/__openclaw__/cap/${TOKEN}/__openclaw__/ws`]) {
      expect(parseCanvasTarget(live)?.target).toEqual({ kind: "live" });
      expect(isCanvasPath(live)).toBe(true);
    }
  });

  test.each([
    "/", "/healthz", "/__openclaw__", "/__openclaw__x/canvas/", "/__openclaw__/canvasx", "/__openclaw__/other/", "/__openclaw__/ws/", "/__OPENCLAW__/canvas/", "/__clawdbot/canvas/",
    "/__openclaw__/cap/short/__openclaw__/canvas/", `/__openclaw__/cap/${TOKEN}x/__openclaw__/canvas/`, `/__openclaw__/cap/${TOKEN}/canvas/`,
    `/__openclaw__/cap/${TOKEN}/__openclaw__/cap/${TOKEN}/__openclaw__/canvas/`, `//__openclaw__/canvas/`, "*", "", "http://a/__openclaw__/canvas/",
  ])("%s names nothing", (target) => {
    expect(parseCanvasTarget(target)?.target ?? { kind: "nothing" }).toEqual({ kind: "nothing" });
  });

  test.each([
    "..", "%2e%2e", ".%2e", "%252e%252e", "..%2fx", "a%2f..%2fb", "a%252fb", "a%5cb", "a\\b", "..\\x", "a%00", "a%00.html", "C:", "c:%5cwindows", "x:stream", "a.", "a%20", "a..", "%c0%ae%c0%ae", "%c0%af", "%e0%80%ae",
    "%ff", "%", "%2", "%zz", ".git", ".env", ".", "%2egit", "a/../../b", "//host/share", "a//b", "con", "NUL.html", "com1", "a%0d%0ab", "%7f", "a/./b", "x".repeat(256), Array(40).fill("a").join("/"),
  ])("%s stays outside", (name) => {
    expect(parseCanvasTarget(`/__openclaw__/cap/${TOKEN}/__openclaw__/canvas/${name}`)).toMatchObject({ target: { kind: "nothing" }, capability: TOKEN });
  });

  test("no name that is let through could lead anywhere", () => {
    const piece = fc.oneof(fc.string({ unit: "binary", maxLength: 6 }), fc.constantFrom("..", ".", "/", "\\", "%2e", "%2f", "%00", "%25", "a", ":", " ", "é", "%c3%a9"));
    fc.assert(fc.property(fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")), (rest) => {
      const found = parseCanvasTarget(`/__openclaw__/canvas/${rest}`);
      if (found?.target.kind !== "file") return;
      // oxlint-disable-next-line no-control-regex -- these must not be there
      for (const name of found.target.segments) expect(name).not.toMatch(/^\.|^$|[\\/:\u0000-\u001f]|[. ]$/);
    }), { numRuns: 500 });
  });
});

describe("the address that a client can reach", () => {
  const sight = { tls: false, headers: {}, viaTrustedProxy: false };

  test("is the one that it dialled", () => {
    expect(canvasBase({ ...sight, dialled: "127.0.0.1:18789" })).toBe("http://127.0.0.1:18789");
    expect(canvasBase({ ...sight, dialled: "[fe80::1]:18789", tls: true })).toBe("https://[fe80::1]:18789");
    expect(canvasBase({ ...sight, dialled: "gateway.tailnet.example", headers: { "x-forwarded-proto": "https, http" } })).toBe("https://gateway.tailnet.example");
  });

  test("is what a trusted proxy says, and nobody else", () => {
    const headers = { "x-forwarded-host": "outside.example", "x-forwarded-proto": "https" };
    expect(canvasBase({ ...sight, dialled: "10.0.0.2:18789", headers, viaTrustedProxy: true })).toBe("https://outside.example");
    expect(canvasBase({ ...sight, dialled: "10.0.0.2:18789", headers })).toBe("https://10.0.0.2:18789");
    expect(canvasBase({ ...sight, dialled: "10.0.0.2:1", headers: { "x-forwarded-host": "a b" }, viaTrustedProxy: true })).toBe("http://10.0.0.2:1");
  });

  test.each([undefined, "", "a/b", "user@host", "a b", "host:port", "a\r\nb"])("is not known from %j", (dialled) => {
    expect(canvasBase({ ...sight, ...(dialled === undefined ? {} : { dialled }) })).toBeUndefined();
  });

  test("only loopback is loopback", () => {
    expect(["localhost", "LOCALHOST:1", "127.0.0.1", "127.1.2.3:80", "[::1]:18793"].every(isLoopbackHost)).toBe(true);
    expect([undefined, "", "localhost.evil.com", "127.0.0.1.evil.com", "evil.com", "0177.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost."].some(isLoopbackHost)).toBe(false);
  });
});
