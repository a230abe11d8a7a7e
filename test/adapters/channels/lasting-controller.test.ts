import { expect, test } from "@jest/globals";
import { getMaxListeners } from "node:events";
import { lastingController } from "../../../src/adapters/channels/lasting-controller.js";

test("any number of calls may listen to it without a warning of a leak, and all of them hear its end", () => {
  const controller = lastingController();
  expect(getMaxListeners(controller.signal)).toBe(0);
  let heard = 0;
  for (let call = 0; call < 50; call += 1) controller.signal.addEventListener("abort", () => (heard += 1));
  controller.abort();
  expect(heard).toBe(50);
});
