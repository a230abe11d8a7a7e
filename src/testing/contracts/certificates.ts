import { X509Certificate } from "node:crypto";
import { afterEach, describe, expect, test } from "./kit.js";
import type { Certificates, ServerCertificate } from "../../ports/certificates.js";

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificatesRig {
  readonly certificates: Certificates;
  /** Puts another pair, good or bad, in the place of the one that is served, and lets the source notice it. */
  replace(pair: Pair): Promise<void>;
  dispose(): Promise<void>;
}

/** What every source of certificates promises. `issue` makes a fresh pair; `open` a source that serves the first one, or one of its own. */
export function certificatesContract(name: string, issue: () => Pair, open: (first: Pair) => Promise<CertificatesRig>): void {
  describe(`Certificates: ${name}`, () => {
    const opened: CertificatesRig[] = [];
    const begin = async (): Promise<CertificatesRig> => {
      const rig = await open(issue());
      opened.push(rig);
      return rig;
    };
    afterEach(async () => {
      for (const rig of opened.splice(0)) await rig.dispose();
    });
    const listen = (rig: CertificatesRig) => {
      const heard: { renewed: ServerCertificate[]; failed: string[] } = { renewed: [], failed: [] };
      const end = rig.certificates.watch((next) => heard.renewed.push(next), (reason) => heard.failed.push(reason));
      return { ...heard, end };
    };

    test("serves a pair that belongs together, with its pin and its end", async () => {
      const { certificates } = await begin();
      const served = await certificates.current();
      const leaf = new X509Certificate(served.cert);
      expect(served.fingerprint).toBe(leaf.fingerprint256.replaceAll(":", "").toLowerCase());
      expect(served.expiresAtMs).toBe(Date.parse(leaf.validTo));
      expect(served.key).toContain("PRIVATE KEY");
      expect((await certificates.current()).fingerprint).toBe(served.fingerprint);
    });

    test("tells of a renewal once, and serves it from then on", async () => {
      const rig = await begin();
      await rig.certificates.current();
      const heard = listen(rig);
      const next = issue();
      await rig.replace(next);
      expect(heard.renewed.map(({ cert }) => cert.trim())).toEqual([next.cert.trim()]);
      expect((await rig.certificates.current()).fingerprint).toBe(heard.renewed[0]?.fingerprint);
      expect(heard.failed).toEqual([]);
      heard.end();
    });

    test("a renewal that cannot be served is told in a sentence without the key, and the next good one is taken", async () => {
      const rig = await begin();
      await rig.certificates.current();
      const heard = listen(rig);
      const [good, other] = [issue(), issue()];
      await rig.replace({ cert: good.cert, key: other.key });
      expect(heard.renewed).toEqual([]);
      expect(heard.failed).toHaveLength(1);
      expect(heard.failed[0]).toMatch(/^[^\n]{20,400}\.$/);
      expect(heard.failed[0]).not.toContain("PRIVATE KEY");
      await rig.replace(good);
      expect(heard.renewed).toHaveLength(1);
      heard.end();
    });

    test("after its end a watch hears nothing more", async () => {
      const rig = await begin();
      await rig.certificates.current();
      const heard = listen(rig);
      heard.end();
      await rig.replace(issue());
      expect(heard).toMatchObject({ renewed: [], failed: [] });
    });
  });
}
