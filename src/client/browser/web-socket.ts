import type { Ending, Wire } from "../client-session.js";
import type { OpenSocket, SocketListener } from "../connect-plan.js";
import type { Endpoint } from "../endpoint.js";
import { ConnectError } from "../errors.js";
import { browser, type BrowserSocket } from "./platform.js";

const OPEN = 1;
const CLOSE_GRACE_MS = 1_000;
/** Pages may only say 1000 and those of an application. */
const PAGE_CODE = 4_000;

/** Opens sockets with the browser's own `WebSocket`, which tells a page no more of a failure than that there was one. */
export const browserSockets: OpenSocket = (endpoint, listener, signal) =>
  new Promise((resolve, reject) => {
    const { WebSocket } = browser;
    if (!WebSocket) return reject(failed(endpoint, "UNREACHABLE", "This platform has no WebSocket."));
    const socket = new WebSocket(endpoint.url);
    socket.binaryType = "arraybuffer";
    const abandon = (): void => socket.close();
    signal.addEventListener("abort", abandon, { once: true });
    const ending = new SocketEnding(listener);
    socket.addEventListener("open", () => resolve(wireOf(socket, ending)));
    socket.addEventListener("message", ({ data }) => listener.message(textOf(data)));
    socket.addEventListener("close", ({ code, reason }) => {
      signal.removeEventListener("abort", abandon);
      reject(failed(endpoint, "UNREACHABLE", `No WebSocket could be opened at ${endpoint.url}; the browser does not say why.`, true));
      ending.came({ code, reason });
    });
  });

const failed = (endpoint: Endpoint, code: string, message: string, retryable = false): ConnectError =>
  new ConnectError({ code, message, url: endpoint.url, retryable });

const textOf = (data: unknown): string => (typeof data === "string" ? data : new TextDecoder().decode(data as ArrayBuffer));

/** Tells of a socket's end once. A peer that is gone answers no close, and browsers wait for it far longer than a person does. */
class SocketEnding {
  readonly #listener: SocketListener;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #hasCome = false;

  constructor(listener: SocketListener) {
    this.#listener = listener;
  }

  expect(ending: Ending): void {
    if (!this.#hasCome) this.#patience ??= setTimeout(() => this.came(ending), CLOSE_GRACE_MS);
  }

  came(ending: Ending): void {
    if (this.#hasCome) return;
    this.#hasCome = true;
    clearTimeout(this.#patience);
    this.#listener.closed(ending);
  }
}

function wireOf(socket: BrowserSocket, end: SocketEnding): Wire {
  return {
    send(text) {
      if (socket.readyState === OPEN) socket.send(text);
    },
    close(code, reason) {
      socket.close(code === 1000 || (code >= 3000 && code <= 4999) ? code : PAGE_CODE, reason);
      end.expect({ code, reason });
    },
  };
}
