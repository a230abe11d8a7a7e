/** What a person did on a page, as the app around it passes it on to the agent. */
export interface UserAction {
  readonly id: string;
  readonly name: string;
  readonly surfaceId?: string;
  readonly sourceComponentId?: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly context: Readonly<Record<string, unknown>>;
}

type Handler = ((text: string) => void) | { postMessage(message: unknown): void };
type Device = Record<string, Handler | undefined> & { readonly webkit?: { readonly messageHandlers?: Record<string, Handler | undefined> } };

/** Apps built before the project was renamed listen under its former name. */
const NAMES = ["openclawCanvasA2UIAction", "clawdbotCanvasA2UIAction"];

/** Hands an action to the app that shows this page; `false` where it is shown by a mere browser. Throws what the app throws. */
export function tellDevice(userAction: UserAction): boolean {
  const device = globalThis as unknown as Device;
  for (const name of NAMES) {
    const apple = device.webkit?.messageHandlers?.[name];
    if (apple !== undefined && typeof apple !== "function") {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
      apple.postMessage({ userAction });
      return true;
    }
    // All others take text.
    const other = device[name];
    if (other === undefined) continue;
    const text = JSON.stringify({ userAction });
    if (typeof other === "function") other(text);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- nor is this
    else other.postMessage(text);
    return true;
  }
  return false;
}

/** `crypto.randomUUID` is missing on pages that came over plain HTTP from another host. */
export const freshId = (): string => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
