import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A real process that hears on its input and speaks on its output, and passes both on to the test that plays the Mac,
 * over a local socket. It ends when its input does, and breaks down when the Mac does. Written out where it is needed,
 * since tests are also bundled and moved.
 */
const PROGRAM = `
const { connect } = require("node:net");
const [port, ...argv] = process.argv.slice(2);
const mac = connect(Number(port), "127.0.0.1");
let isEnding = false;
mac.write(JSON.stringify({ argv, variables: Object.keys(process.env) }) + "\\n");
mac.on("error", () => {}).on("close", () => process.exit(isEnding ? 0 : 1));
mac.pipe(process.stdout, { end: false });
process.stdin.on("end", () => { isEnding = true; }).pipe(mac);
process.stdout.on("error", () => mac.destroy());
`;

/** Puts what stands in for `imsg` into a folder, and tells its path. Every process of it is connected to `port`. */
export async function installImsg(folder: string, port: number): Promise<string> {
  const [program, cliPath] = [join(folder, "imsg.cjs"), join(folder, "imsg")];
  await writeFile(program, PROGRAM);
  await writeFile(cliPath, `#!/bin/sh\nexec "${process.execPath}" "${program}" ${port} "$@"\n`);
  await chmod(cliPath, 0o700);
  return cliPath;
}
