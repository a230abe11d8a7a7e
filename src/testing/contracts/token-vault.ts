import { afterEach, beforeEach, describe, expect, test } from "./kit.js";

import type { TokenVault } from "../../ports/token-vault.js";

export interface TokenVaultRig {
  readonly vault: TokenVault;
  /** The vault with the same key, as after a restart. */
  reopen(): Promise<TokenVault>;
  /** A vault with a key of its own. */
  other(): Promise<TokenVault>;
  dispose(): Promise<void>;
}

export function tokenVaultContract(name: string, rig: () => Promise<TokenVaultRig>): void {
  describe(`TokenVault: ${name}`, () => {
    let at: TokenVaultRig;
    beforeEach(async () => {
      at = await rig();
    });
    afterEach(() => at.dispose());
    const issue = { deviceId: "d1", role: "operator", serial: "1" };

    test("the same issue gives the same token, also after a restart", async () => {
      const token = at.vault.derive(issue);
      expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(at.vault.derive({ ...issue })).toBe(token);
      expect((await at.reopen()).derive(issue)).toBe(token);
    });

    test("anything else about it, or another key, gives another token", async () => {
      const issues = [
        issue,
        { ...issue, deviceId: "d2" },
        { ...issue, role: "node" },
        { ...issue, serial: "2" },
        { deviceId: "d1operator", role: "", serial: "1" },
        { deviceId: "d1", role: "operator1", serial: "" },
        { deviceId: "", role: "d1operator", serial: "1" },
      ];
      const tokens = [...issues.map((each) => at.vault.derive(each)), (await at.other()).derive(issue)];
      expect(new Set(tokens).size).toBe(issues.length + 1);
    });
  });
}
