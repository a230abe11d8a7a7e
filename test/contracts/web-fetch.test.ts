import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AddressLocality } from "../../src/adapters/system/index.js";
import { HttpWebFetch } from "../../src/adapters/web/fetch/index.js";
import { MemoryWebFetch } from "../../src/adapters/web/memory/index.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { webFetchContract } from "../../src/testing/contracts/web-fetch.js";
import type { ServedFile } from "../../src/testing/contracts/web-fetch.js";

webFetchContract("memory", async () => {
  const web = new MemoryWebFetch({ "http://10.0.0.1/": { kind: "refused", code: "private-address", reason: "10.0.0.1 is not public." } });
  let count = 0;
  return {
    web,
    serve: (file) => {
      const url = `https://files.test/${(count += 1)}`;
      web.serve(url, { kind: "file", ...file });
      return url;
    },
    missing: () => "https://files.test/missing",
    hidden: () => "http://10.0.0.1/",
    dispose: async () => {},
  };
});

webFetchContract("fetch", async () => {
  const files: ServedFile[] = [];
  const server = createServer((request, response) => {
    const file = files[Number(request.url?.slice(1))];
    if (file === undefined) return void response.writeHead(404).end();
    const utf8 = encodeURIComponent(file.fileName ?? "");
    response.writeHead(200, {
      "content-type": file.mimeType ?? "application/octet-stream",
      ...(file.fileName === undefined ? {} : { "content-disposition": `attachment; filename="file"; filename*=UTF-8''${utf8}` }),
    });
    for (const chunk of file.chunks) response.write(chunk);
    // The chunked body lacks its end.
    if (file.breaksOff) setImmediate(() => response.destroy());
    else response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const clock = new HandClock();
  return {
    web: new HttpWebFetch({ clock, locality: new AddressLocality(), allowPrivateHosts: [`127.0.0.1:${port}`] }),
    serve: (file) => `http://127.0.0.1:${port}/${files.push(file) - 1}`,
    missing: () => `http://127.0.0.1:${port}/missing`,
    hidden: () => "http://10.0.0.1/",
    dispose: async () => {
      const closed = once(server, "close");
      server.close();
      await closed;
      if (clock.pending > 0) throw new Error("a fetch left a timer behind");
    },
  };
});
