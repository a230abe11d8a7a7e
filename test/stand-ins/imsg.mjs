// What stands in for the program `imsg` on a Mac: a real process that hears on its input and speaks on its output, and
// passes both on to the test that plays the Mac, over a local socket (its first argument, a port). It ends when its
// input does, and breaks down when the Mac does.
import { connect } from "node:net";
import process from "node:process";

const [port, ...argv] = process.argv.slice(2);
const mac = connect(Number(port), "127.0.0.1");
let isEnding = false;

mac.write(`${JSON.stringify({ argv, variables: Object.keys(process.env) })}\n`);
mac.on("error", () => {}).on("close", () => { process.exit(isEnding ? 0 : 1); });
mac.pipe(process.stdout, { end: false });
process.stdin.on("end", () => { isEnding = true; }).pipe(mac);
process.stdout.on("error", () => { mac.destroy(); });
