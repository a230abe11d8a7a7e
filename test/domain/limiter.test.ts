import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AuthLimiter, LIMITER_LIMITS, type LimiterKey } from "../../src/domain/handshake/limiter.js";
import { after, epochMs, type EpochMs } from "../../src/domain/moment.js";

const T0 = epochMs(1_000_000);
const stranger: LimiterKey = { kind: "shared-secret", address: "203.0.113.5", loopback: false };
const local: LimiterKey = { kind: "shared-secret", address: "127.0.0.1", loopback: true };
const page: LimiterKey = { ...local, origin: "http://localhost:3000" };

const failTimes = (limiter: AuthLimiter, key: LimiterKey, times: number, now: EpochMs): number[] =>
  Array.from({ length: times }, () => limiter.fail(key, now).delayMs);

describe("the auth limiter", () => {
  test("ten wrong credentials within a minute lock for five", () => {
    const limiter = new AuthLimiter();
    expect(failTimes(limiter, stranger, 9, T0)).toEqual(Array.from({ length: 9 }, () => 0));
    expect(limiter.check([stranger], T0)).toEqual({ kind: "open" });
    limiter.fail(stranger, after(T0, 59_999));
    expect(limiter.check([stranger], after(T0, 60_000))).toEqual({ kind: "locked", retryAfterMs: 299_999 });
    expect(limiter.check([stranger], after(T0, 359_998))).toEqual({ kind: "locked", retryAfterMs: 1 });
    expect(limiter.check([stranger], after(T0, 359_999))).toEqual({ kind: "open" });
    failTimes(limiter, stranger, 9, after(T0, 360_000));
    expect(limiter.check([stranger], after(T0, 360_000))).toEqual({ kind: "open" });
  });

  test("failures outside the window do not count, and failing while locked does not prolong the lock", () => {
    const limiter = new AuthLimiter();
    for (let minute = 0; minute < 20; minute += 1) failTimes(limiter, stranger, 9, after(T0, minute * 60_000));
    const now = after(T0, 20 * 60_000);
    expect(limiter.check([stranger], now)).toEqual({ kind: "open" });
    failTimes(limiter, stranger, 10, now);
    failTimes(limiter, stranger, 50, after(now, 100_000));
    expect(limiter.check([stranger], after(now, 100_000))).toEqual({ kind: "locked", retryAfterMs: 200_000 });
  });

  test("each kind and each address by itself; any locked one of those offered locks", () => {
    const limiter = new AuthLimiter();
    failTimes(limiter, stranger, 10, T0);
    const token: LimiterKey = { ...stranger, kind: "device-token" };
    expect(limiter.check([token], T0).kind).toBe("open");
    expect(limiter.check([token, stranger], T0).kind).toBe("locked");
    expect(limiter.check([{ ...stranger, address: "203.0.113.6" }], T0).kind).toBe("open");
    expect(limiter.check([], T0).kind).toBe("open");
  });

  test("a process on this host waits longer each time, up to five seconds, and is never locked", () => {
    const limiter = new AuthLimiter();
    expect(failTimes(limiter, local, 7, T0)).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(limiter.fail({ ...local, address: "::1" }, T0).delayMs).toBe(5_000);
    failTimes(limiter, local, 100, T0);
    expect(limiter.check([local], T0)).toEqual({ kind: "open" });
    limiter.succeed(local);
    expect(limiter.fail(local, T0).delayMs).toBe(250);
    expect(limiter.fail(local, after(T0, 60_000)).delayMs).toBe(250);
  });

  test("a browser on this host is locked by its origin, and only that origin", () => {
    const limiter = new AuthLimiter();
    expect(failTimes(limiter, page, 10, T0)).toEqual(Array.from({ length: 10 }, () => 0));
    expect(limiter.check([page], T0).kind).toBe("locked");
    expect(limiter.check([{ ...page, origin: "HTTP://LOCALHOST:3000" }], T0).kind).toBe("locked");
    expect(limiter.check([{ ...page, origin: "http://localhost:4000" }], T0).kind).toBe("open");
    expect(limiter.check([local], T0).kind).toBe("open");
  });

  test("whoever claims a new origin with each guess is slowed down like the process that it is", () => {
    const limiter = new AuthLimiter();
    const hopping = Array.from({ length: 16 }, (_, port) => limiter.fail({ ...page, origin: `http://localhost:${port}` }, T0).delayMs);
    expect(hopping).toEqual([...Array.from({ length: 10 }, () => 0), 250, 500, 1_000, 2_000, 4_000, 5_000]);
    expect(limiter.fail({ ...page, origin: "http://[::1]:1", address: "::1" }, T0).delayMs).toBe(5_000);
    expect(limiter.fail(local, T0).delayMs).toBe(250);
    expect(limiter.fail(page, after(T0, 60_000)).delayMs).toBe(0);
  });

  test("a remote browser is locked by its address, whatever origin it claims", () => {
    const limiter = new AuthLimiter();
    for (let index = 0; index < 10; index += 1) limiter.fail({ ...stranger, origin: `http://${index}.example` }, T0);
    expect(limiter.check([stranger], T0).kind).toBe("locked");
  });

  test("successes never lock, and clear the failures before them", () => {
    const limiter = new AuthLimiter();
    for (let index = 0; index < 1_000; index += 1) limiter.succeed(stranger);
    expect(limiter.size).toBe(0);
    for (let index = 0; index < 100; index += 1) {
      failTimes(limiter, stranger, 9, T0);
      limiter.succeed(stranger);
    }
    expect(limiter.check([stranger], T0).kind).toBe("open");
    failTimes(limiter, stranger, 10, T0);
    limiter.succeed(stranger);
    expect(limiter.check([stranger], T0).kind).toBe("locked");
  });

  test("a long origin costs no more than a short one, and a clock set back promises no longer wait than the lock", () => {
    const limiter = new AuthLimiter();
    failTimes(limiter, { ...page, origin: "x".repeat(100_000) }, 10, T0);
    expect(limiter.check([{ ...page, origin: "x".repeat(100_001) }], T0).kind).toBe("locked");
    failTimes(limiter, stranger, 10, T0);
    expect(limiter.check([stranger], after(T0, -3_600_000))).toEqual({ kind: "locked", retryAfterMs: LIMITER_LIMITS.lockMs });
  });

  test("against a model: bounded, open again after the lock, locked ones kept while an unlocked one can go", () => {
    const limits = { ...LIMITER_LIMITS, maxFailures: 3, windowMs: 100, lockMs: 400, maxEntries: 6 };
    const step = fc.record({
      place: fc.integer({ min: 0, max: 11 }),
      what: fc.constantFrom("fail", "fail", "fail", "fail", "succeed"),
      passMs: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const limiter = new AuthLimiter(limits);
        const lockedUntil = new Map<string, number>();
        let now = T0;
        for (const { place, what, passMs } of steps) {
          now = after(now, passMs);
          const key: LimiterKey = { ...stranger, address: `203.0.113.${place}` };
          const wasOpen = limiter.check([key], now).kind === "open";
          if (what === "fail") limiter.fail(key, now);
          else limiter.succeed(key);
          const isOpen = limiter.check([key], now).kind === "open";
          if (what === "succeed") expect(isOpen).toBe(wasOpen);
          if (wasOpen && !isOpen) lockedUntil.set(key.address, now + limits.lockMs);
          expect(limiter.size).toBeLessThanOrEqual(limits.maxEntries);
          for (const [address, until] of lockedUntil) {
            const verdict = limiter.check([{ ...stranger, address }], now);
            if (now >= until) expect(verdict.kind).toBe("open");
            if (now >= until || verdict.kind === "open") lockedUntil.delete(address);
            // Freed before its time: only where the whole table was locked.
            if (now < until && verdict.kind === "open") expect(lockedUntil.size).toBeGreaterThanOrEqual(limits.maxEntries - 1);
          }
        }
      }),
    );
  });

  test("ten thousand places, and as many again, stay bounded and quick", () => {
    const limiter = new AuthLimiter();
    failTimes(limiter, stranger, 10, T0);
    for (let index = 0; index < 50_000; index += 1) limiter.fail({ ...stranger, address: `10.0.${index >> 8}.${index & 255}` }, T0);
    expect(limiter.size).toBe(10_000);
    expect(limiter.check([stranger], T0).kind).toBe("locked");
    limiter.fail({ ...stranger, address: "10.9.9.9" }, after(T0, 400_000));
    expect(limiter.size).toBe(1);
  });
});
