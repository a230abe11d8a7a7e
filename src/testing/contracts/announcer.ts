import { describe, expect, test } from "./kit.js";
import type { Announcer } from "../../ports/announcer.js";

export interface AnnouncerRig {
  readonly announcer: Announcer;
  /** What somebody on the network hears under that name, once there is something, and after a change the changed; `undefined` once it is gone. */
  hear(name: string, until: "there" | "changed" | "gone"): Promise<{ readonly port: number; readonly txt: Readonly<Record<string, string>> } | undefined>;
  close(): Promise<void> | void;
}

/** What every announcer promises. */
export function announcerContract(name: string, create: () => Promise<AnnouncerRig> | AnnouncerRig): void {
  describe(`Announcer: ${name}`, () => {
    test("what is announced is heard as it is said, changes, and is gone after its end", async () => {
      const { announcer, hear, close } = await create();
      try {
        const service = `Ada's gateway ${Math.trunc(performance.now() * 1_000)}`;
        const announced = await announcer.announce({ name: service, port: 18_789, txt: { role: "gateway", displayName: "Ada" } });
        expect(await hear(service, "there")).toMatchObject({ port: 18_789, txt: { role: "gateway", displayName: "Ada" } });
        announced.update({ role: "gateway", displayName: "Grace" });
        expect(await hear(service, "changed")).toMatchObject({ port: 18_789, txt: { displayName: "Grace" } });
        await announced.close();
        expect(await hear(service, "gone")).toBeUndefined();
      } finally {
        await close();
      }
    }, 60_000);
  });
}
