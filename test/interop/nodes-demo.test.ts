import { expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { CHROMIUM, isThere } from "../support/chromium.js";

// The script is what a person runs to see it; here it has to come to the same end.
(isThere ? test : test.skip)("a gateway, two nodes and a command line: pairing, canvas, a click, an approved run, a death and a sleep", async () => {
  const child = spawn(process.execPath, [new URL("../../scripts/demo-nodes.mjs", import.meta.url).pathname], { env: { PATH: process.env["PATH"], CHROMIUM_PATH: CHROMIUM }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const out of [child.stdout, child.stderr]) out.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = (await once(child, "close")) as [number | null];
  expect(said).toContain("All as it should be.");
  expect(code).toBe(0);
}, 240_000);
