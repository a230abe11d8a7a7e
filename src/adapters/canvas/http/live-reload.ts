import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import type { FolderWatch } from "./folder-watch.js";

const MAX_PAGES = 64;
const PING_EVERY_MS = 25_000;
/** Pages have nothing to say. */
const MAX_HEARD = 1_024;
const RELOAD = "reload";

interface Page {
  /** Whether it may still look: asked before anything is told to it. */
  readonly isWelcome: () => boolean;
  hasAnswered: boolean;
}

/** Tells open pages to load anew. */
export class LiveReload {
  readonly #clock: Clock;
  readonly #watch: FolderWatch;
  readonly #pages = new Map<WebSocket, Page>();
  readonly #server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: MAX_HEARD });
  #stopPinging: (() => void) | undefined;
  #isClosed = false;

  constructor({ clock, watch }: { readonly clock: Clock; readonly watch: FolderWatch }) {
    this.#clock = clock;
    this.#watch = watch;
  }

  get isFull(): boolean {
    return this.#pages.size >= MAX_PAGES;
  }

  /** Opens the socket once changes are watched for, so that none is missed from then on. */
  async take(request: IncomingMessage, socket: Socket, { head, isWelcome }: { readonly head: Buffer; readonly isWelcome: () => boolean }): Promise<void> {
    const end = await this.#watch.begin();
    socket.once("close", end);
    if (socket.destroyed) {
      socket.off("close", end);
      end();
      return;
    }
    if (this.#isClosed || this.isFull) {
      socket.destroy();
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (page) => this.#open(page, isWelcome));
  }

  reload(): void {
    for (const [page, { isWelcome }] of this.#pages) {
      if (isWelcome()) page.send(RELOAD);
      else page.terminate();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#stopPinging?.();
    for (const page of this.#pages.keys()) page.terminate();
  }

  #open(page: WebSocket, isWelcome: () => boolean): void {
    const state: Page = { isWelcome, hasAnswered: true };
    this.#pages.set(page, state);
    page.on("pong", () => {
      state.hasAnswered = true;
    });
    page.on("error", () => page.terminate());
    page.on("close", () => this.#pages.delete(page));
    this.#stopPinging ??= this.#pingLater();
  }

  #pingLater(): () => void {
    return this.#clock.callAt(after(this.#clock.now(), PING_EVERY_MS), () => {
      this.#stopPinging = undefined;
      for (const [page, state] of this.#pages) {
        // A page that is still looked at keeps its capability, which asking prolongs.
        if (!state.hasAnswered || !state.isWelcome()) page.terminate();
        else page.ping();
        state.hasAnswered = false;
      }
      if (this.#pages.size > 0) this.#stopPinging = this.#pingLater();
    });
  }
}
