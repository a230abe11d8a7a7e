// Reads an AsyncAPI document from standard input and prints what its parser makes of it, as JSON. A process of its own: the
// parser takes ten times as long where its modules are loaded anew for each file of tests.
import { text } from "node:stream/consumers";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(await text(process.stdin));
const operations = document?.operations().all() ?? [];
console.log(JSON.stringify({
  problems: diagnostics.filter(({ severity }) => severity <= 1).map(({ path, message }) => `${path.join("/")}: ${message}`),
  received: operations.filter((operation) => operation.isReceive()).map((operation) => operation.id()),
  sent: operations.filter((operation) => operation.isSend()).map((operation) => operation.id()),
  addresses: document?.channels().all().map((channel) => channel.address()),
  probe: document?.json()["x-probe"],
  protocols: document?.servers().all().map((server) => server.protocol()),
}));
