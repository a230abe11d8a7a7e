/** Makes device tokens that can be handed out again without being stored. */
export interface TokenVault {
  /**
   * The token for one issue of one device's role: the same for the same arguments as long as the vault's key lives,
   * unguessable without it. 43 characters of base64url.
   */
  derive(issue: { deviceId: string; role: string; serial: string }): string;
}
