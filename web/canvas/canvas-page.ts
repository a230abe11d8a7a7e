// Put into every page of the canvas, ahead of the page's own scripts.
import { freshId, tellDevice, type UserAction } from "../device.js";

const LIVE_PATH = "../ws";
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

type Page = Record<string, unknown>;
const page = globalThis as unknown as Page;

/** For a page's own buttons: `openclawSendUserAction({ name: "approve", context: { id: 7 } })`. `false` where no app listens. */
function sendUserAction(action: Partial<UserAction> & { readonly name: string }): boolean {
  const { id = freshId(), timestamp = new Date().toISOString(), context = {}, ...rest } = action;
  return tellDevice({ ...rest, id, timestamp, context });
}

for (const name of ["openclawSendUserAction", "clawdbotSendUserAction"]) page[name] = sendUserAction;

/** A page without an origin has nowhere to store things, and many a page would end at the first attempt. What it keeps here lasts until it loads anew. */
function lendStorage(name: "localStorage" | "sessionStorage"): void {
  try {
    if (page[name] !== undefined) return;
  } catch {
    // It is refused, so it is lent.
  }
  const kept = new Map<string, string>();
  const storage = {
    get length() {
      return kept.size;
    },
    getItem: (key: unknown) => kept.get(String(key)) ?? null,
    setItem: (key: unknown, value: unknown) => void kept.set(String(key), String(value)),
    removeItem: (key: unknown) => void kept.delete(String(key)),
    clear: () => kept.clear(),
    key: (at: number) => [...kept.keys()][at] ?? null,
  };
  Object.defineProperty(page, name, { configurable: true, value: storage });
}

lendStorage("localStorage");
lendStorage("sessionStorage");

function watch(url: string, pauseMs = FIRST_PAUSE_MS): void {
  let nextMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  const socket = new WebSocket(url);
  socket.addEventListener("open", () => {
    nextMs = FIRST_PAUSE_MS;
  });
  socket.addEventListener("message", ({ data }) => {
    if (data === "reload") location.reload();
  });
  socket.addEventListener("close", () => setTimeout(() => watch(url, nextMs), pauseMs));
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && script.dataset["live"] !== undefined) {
  const url = new URL(LIVE_PATH, script.src);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  watch(url.href);
}
