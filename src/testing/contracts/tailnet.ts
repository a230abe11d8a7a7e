import { describe, expect, test } from "./kit.js";
import type { Tailnet, TailnetWish } from "../../ports/tailnet.js";

export interface TailnetRig {
  readonly tailnet: Tailnet;
  /** This host's name in it. */
  readonly host: string;
  /** The address of a person's device there, and who that is. */
  readonly member: { readonly address: string; readonly login: string };
  /** What others reach by the host's name now. */
  reached(): { readonly mode: TailnetWish["mode"]; readonly port: number } | undefined;
  /** Somebody else serves another port of this host there. */
  occupy(port: number): Promise<void> | void;
  /** The daemon stops answering. */
  fail(): Promise<void> | void;
  close(): Promise<void> | void;
}

/** What every tailnet promises. */
export function tailnetContract(name: string, create: () => Promise<TailnetRig>): void {
  describe(`Tailnet: ${name}`, () => {
    const withRig = async (use: (rig: TailnetRig) => Promise<void>): Promise<void> => {
      const rig = await create();
      try {
        await use(rig);
      } finally {
        await rig.close();
      }
    };

    test("a member's address is known, any other is not, and text that is none is nobody's", async () => {
      await withRig(async ({ tailnet, member }) => {
        expect(await tailnet.whois(member.address)).toEqual({ kind: "known", login: member.login });
        for (const address of ["100.127.255.254", "127.0.0.1", "", "::", "100.64.0.1.example.com", `${member.address}, 127.0.0.1`, "--help"]) {
          expect(await tailnet.whois(address)).toEqual({ kind: "unknown" });
        }
      });
    });

    test("what is opened is reached, can be opened again as it is, and is gone once closed", async () => {
      await withRig(async ({ tailnet, host, reached }) => {
        for (const mode of ["serve", "funnel"] as const) {
          await tailnet.open({ mode, port: 18_789, secure: false });
          const again = await tailnet.open({ mode, port: 18_789, secure: false });
          expect(again).toMatchObject({ kind: "open", host });
          expect(reached()).toEqual({ mode, port: 18_789 });
          if (again.kind === "open") expect(await again.close()).toEqual({ kind: "closed" });
          expect(reached()).toBeUndefined();
        }
      });
    });

    test("what somebody else serves is left alone", async () => {
      await withRig(async ({ tailnet, reached, occupy }) => {
        await occupy(3_000);
        expect(await tailnet.open({ mode: "serve", port: 18_789, secure: false })).toEqual({ kind: "refused", reason: expect.stringMatching(/\.$/) });
        expect(reached()).toMatchObject({ port: 3_000 });
      });
    });

    test("without its daemon it says so, and rejects nothing", async () => {
      await withRig(async ({ tailnet, member, fail }) => {
        await fail();
        expect(await tailnet.whois(member.address)).toEqual({ kind: "failed", reason: expect.stringMatching(/\.$|:/) });
        expect(await tailnet.open({ mode: "serve", port: 18_789, secure: false })).toEqual({ kind: "refused", reason: expect.any(String) });
      });
    });
  });
}
