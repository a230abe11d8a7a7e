import { describe, expect, test } from "@jest/globals";
import { MemoryLogTail } from "../../src/adapters/storage/memory/memory-log-tail.js";
import { renderNumberedLogLine } from "../../src/domain/text/log-line.js";
import { createTestGateway, type TestConnect } from "../../src/testing/test-gateway.js";

const LINE = '{"level":"warn","time":"2026-01-02T03:04:05.000Z","connId":"c1","tries":2,"msg":"a client left"}';
const NUMBERED = {
  ...(JSON.parse(LINE) as object),
  1: "a client left connId=c1 tries=2",
  _meta: { name: '{"subsystem":"gateway"}', logLevelName: "WARN", date: "2026-01-02T03:04:05.000Z" },
};

describe("a line of the log, for clients of January 2026", () => {
  test("has its text under a number, and its level and moment where they look", () => {
    expect(JSON.parse(renderNumberedLogLine(LINE))).toEqual(NUMBERED);
  });

  test.each(["", "plain words", "{", "[]", "null", "1", '{"time":"x"}', '{"msg":""}', '{"msg":1}'])("is left as it is where it is none of ours: %j", (line) => {
    expect(renderNumberedLogLine(line)).toBe(line);
  });

  test("claims no level and no moment that it does not have", () => {
    expect(JSON.parse(renderNumberedLogLine('{"level":30,"time":5,"msg":"up"}'))).toEqual({ level: 30, time: 5, msg: "up", 1: "up", _meta: { name: '{"subsystem":"gateway"}' } });
  });

  test("is told so in protocol 3 alone", async () => {
    const logTail = new MemoryLogTail();
    logTail.write(LINE);
    const gateway = await createTestGateway({ logTail });
    const old = await gateway.connect({ device: "old", minProtocol: 3, maxProtocol: 3 } as TestConnect);
    const page = await old.call<{ lines: string[]; cursor: number }>("logs.tail", {});
    expect(page.lines.map((line) => JSON.parse(line) as unknown)).toEqual([NUMBERED]);
    const now = await gateway.connect({ device: "new" });
    expect(await now.call("logs.tail", {})).toMatchObject({ lines: [LINE], cursor: page.cursor });
    await gateway.close();
  });
});
