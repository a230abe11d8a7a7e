import type { SenderKeyState } from "@whiskeysockets/baileys/lib/Signal/Group/sender-key-state.js";

/** Of what was passed over in a chain of somebody else's: what comes later than that is asked for once more. */
const MOST_PASSED_OVER = 100;

const leaned = new WeakSet<object>();

/**
 * Baileys 7.0.0-rc14 passes over a key with each message to a group, and keeps those keys, up to 2,000 a group, although
 * nothing is ever sent by them; all of them are written to the disk with each message. From now on they are left out of
 * what is stored, and those of other senders are fewer. `false` where Baileys is not made as it was.
 */
export function leanSenderKeys({ prototype }: { readonly prototype: SenderKeyState }): boolean {
  if (leaned.has(prototype)) return true;
  const whole = prototype.getStructure as SenderKeyState["getStructure"] | undefined;
  if (typeof whole !== "function") return false;
  prototype.getStructure = function getStructure(this: SenderKeyState) {
    const structure = whole.call(this);
    const { senderMessageKeys: keys } = structure;
    const isOwn = (this.getSigningKeyPrivate()?.length ?? 0) > 0;
    keys.splice(0, Math.max(0, keys.length - (isOwn ? 0 : MOST_PASSED_OVER)));
    return structure;
  };
  leaned.add(prototype);
  return true;
}
