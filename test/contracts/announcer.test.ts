import { once } from "node:events";
import bonjourService from "bonjour-service";
import { CiaoAnnouncer } from "../../src/adapters/discovery/ciao/index.js";
import { MemoryAnnouncer } from "../../src/adapters/discovery/memory/index.js";
import { announcerContract } from "../../src/testing/contracts/announcer.js";
import { canMulticast } from "../support/multicast.js";

announcerContract("memory", () => {
  const announcer = new MemoryAnnouncer();
  return { announcer, hear: (name) => Promise.resolve(announcer.heard.find((one) => one.name === name)), close: () => undefined };
});

if (await canMulticast()) {
  announcerContract("ciao, heard by another library on the wire", () => {
    const bonjour = new bonjourService.Bonjour();
    const browser = bonjour.find({ type: "openclaw-gw" });
    const EVENTS = { there: "up", changed: "txt-update", gone: "down" } as const;
    const find = (name: string) => browser.services.find((service) => service.name === name);
    return {
      announcer: new CiaoAnnouncer({ hostname: "test-host" }),
      hear: async (name, until) => {
        const [event, before] = [EVENTS[until], JSON.stringify(find(name)?.txt)];
        const isSo = (): boolean => {
          const found = find(name);
          return until === "gone" ? found === undefined : found !== undefined && (until === "there" || JSON.stringify(found.txt) !== before);
        };
        while (!isSo()) await once(browser, event);
        const found = find(name);
        return found === undefined ? undefined : { port: found.port, txt: found.txt as Record<string, string> };
      },
      close: () => new Promise<void>((resolve) => {
        browser.stop();
        bonjour.destroy(() => resolve());
      }),
    };
  });
}
