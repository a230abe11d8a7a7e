import { describe, expect, test } from "@jest/globals";
import { HandClock } from "../../src/testing/hand-clock.js";
import { domainStage, isAboutConnecting } from "./domain-stage.js";
import { Player, readScenarios, type Scenario } from "./player.js";
import { memoryStage, socketStage } from "./stages.js";

const scenarios = readScenarios();
const titled = (chosen: readonly Scenario[]): [string, Scenario][] => chosen.map((scenario) => [`${scenario.file}: ${scenario.title}`, scenario]);
const onLoopback = scenarios.filter(({ lines }) => lines.every(({ line }) => !("open" in line) || line.open.address === undefined));

describe("on the domain alone", () => {
  test.each(titled(scenarios.filter(isAboutConnecting)))("%s", async (_title, scenario) => {
    const clock = new HandClock();
    await new Player(domainStage(scenario.gateway, clock), clock).play(scenario);
  });
});

describe("on the gateway in memory", () => {
  test.each(titled(scenarios))("%s", async (_title, scenario) => {
    const clock = new HandClock();
    await new Player(await memoryStage(scenario.gateway, clock), clock).play(scenario);
  });
});

describe("on the gateway over real sockets", () => {
  test.each(titled(onLoopback))("%s", async (_title, scenario) => {
    const clock = new HandClock();
    await new Player(await socketStage(scenario.gateway, clock), clock).play(scenario);
  });
});

test("no two scenarios have one title, and most are about connecting", () => {
  expect(new Set(scenarios.map(({ file, title }) => `${file} ${title}`)).size).toBe(scenarios.length);
  expect(scenarios.filter(isAboutConnecting).length).toBeGreaterThan(40);
});
