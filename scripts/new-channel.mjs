// Writes the beginning of a channel: five files, a stand-in of its provider, the contract's test, a page, and its line
// in the composition. What it writes passes every check; docs/channels/writing-one.md says how to go on.
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const TEMPLATE = join(dirname(fileURLToPath(import.meta.url)), "channel-template");
const LIST = "src/app/compose/channels.ts";
const LAST_ENTRY = "\n]);\n";

const ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u;
/** Sections of the configuration, words of commands, and what no function can be called. */
const TAKEN = new Set(["webchat", "defaults", "default", "last", "all", "channels"]);
const RESERVED = /^(?:arguments|await|break|case|catch|class|const|continue|debugger|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|with|yield)$/u;

const [id, ...rest] = process.argv.slice(2);
const problem = await refuse(id, rest);
if (problem !== undefined) {
  console.error(problem);
  process.exitCode = 2;
} else {
  await write(id);
}

/** @returns why not, in a whole sentence */
async function refuse(id, rest) {
  if (id === undefined || rest.length > 0) return "Say which channel: npm run new-channel -- <id>";
  if (!ID.test(id) || id.length > 32) return "A channel's id is up to 32 lower-case letters and digits, words joined by one dash, beginning with a letter: matrix, my-chat.";
  if (TAKEN.has(id) || RESERVED.test(id)) return `The id "${id}" means something else already: choose another.`;
  const there = await Promise.all(Object.values(filesOf(id)).map(async (path) => ((await exists(path)) ? path : undefined)));
  const taken = there.find((path) => path !== undefined);
  if (taken !== undefined) return `There is a channel "${id}" already, or a part of one: ${taken}. Choose another id, or remove that first.`;
  const list = await readFile(LIST, "utf8").catch(() => undefined);
  if (list === undefined) return `There is no ${LIST} here: run this in the root of a clone.`;
  if (!list.includes(LAST_ENTRY)) return `${LIST} is not as it was: this script has to learn where its list ends.`;
  return undefined;
}

function filesOf(id) {
  const folder = `src/adapters/channels/${id}`;
  return {
    "index.ts.txt": `${folder}/index.ts`,
    "config.ts.txt": `${folder}/config.ts`,
    "client.ts.txt": `${folder}/client.ts`,
    "translate.ts.txt": `${folder}/translate.ts`,
    "channel.ts.txt": `${folder}/channel.ts`,
    "server.ts.txt": `test/stand-ins/${id}-server.ts`,
    "contract.test.ts.txt": `test/contracts/channel-${id}.test.ts`,
    "page.md.txt": `docs/channels/${id}.md`,
  };
}

async function write(id) {
  const words = id.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const pascal = words.join("");
  const names = {
    __id__: id,
    __key__: id.includes("-") ? `"${id}"` : id,
    __Name__: pascal,
    __name__: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    __Label__: words.join(" "),
    __ENV__: id.toUpperCase().replaceAll("-", "_"),
  };
  const fill = (text) => text.replace(/__(?:id|key|Name|name|Label|ENV)__/gu, (mark) => names[mark]);
  for (const [from, to] of Object.entries(filesOf(id))) {
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, fill(await readFile(join(TEMPLATE, from), "utf8")), { flag: "wx" });
    console.log(`wrote ${to}`);
  }
  const list = await readFile(LIST, "utf8");
  const entry = `\n  ["${id}", () => import("../../adapters/channels/${id}/index.js").then((its) => made(its.parse${names.__Name__}Config, its.${names.__name__}))],`;
  await writeFile(LIST, list.replace(LAST_ENTRY, () => entry + LAST_ENTRY));
  console.log(`listed it in ${LIST}`);
  console.log(`\nIt passes: npm run jest -- test/contracts/channel-${id}.test.ts\nNow make it your provider's: docs/channels/writing-one.md`);
}

async function exists(path) {
  return access(path).then(() => true, () => false);
}
