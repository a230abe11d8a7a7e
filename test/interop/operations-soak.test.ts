import { expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";

const MINUTES = process.env["SOAK_MINUTES"] ?? "2";
const SCRIPT = new URL("../../bench/soak-operations.mjs", import.meta.url).pathname;

// The hour is for people: npm run soak:operations.
test("clients that come and go, people who write, reloads, edits and renewals: nothing is lost, left open or refused", async () => {
  const child = spawn(process.execPath, [SCRIPT, "--minutes", MINUTES, "--reload", "20", "--clients", "20", "--rate", "4"], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  const [code] = (await once(child, "close")) as [number | null];
  process.stderr.write(out);
  expect({ code, verdict: out.trimEnd().split("\n").at(-1), out }).toMatchObject({ code: 0, verdict: "All as it should be." });
}, 600_000);
