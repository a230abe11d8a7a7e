import { Buffer, isUtf8 } from "node:buffer";
import { cutCloseReason } from "../../../domain/protocol/close-reason.js";
import { POLICY, PREAUTH_MAX_PAYLOAD } from "../../../domain/protocol/version.js";
import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import type { Connection, ConnectionListener, PeerFacts, SharedText } from "../../../ports/transport.js";
import { Lane } from "./lane.js";
import type { Parcel } from "./lane.js";
import type { Ending, FarEnd, MemoryClient } from "./memory-client.js";

const CLOSE_GRACE_MS = 1_000;

/** The gateway's end of a link to a {@link MemoryClient}. */
export class MemoryConnection implements Connection, FarEnd {
  readonly peer: PeerFacts;
  readonly #client: MemoryClient;
  readonly #clock: Clock | undefined;
  readonly #onEnded: () => void;
  readonly #inbox: Lane;
  readonly #outbox: Lane;
  #listener: ConnectionListener | undefined;
  #isAdmitted = false;
  #state: "open" | "closing" | "ended" = "open";
  /** How our side closed, if it did. */
  #ending: Ending | undefined;
  #cancelGrace: (() => void) | undefined;

  constructor(client: MemoryClient, about: { peer: PeerFacts; clock: Clock | undefined; onEnded: () => void }) {
    this.peer = about.peer;
    this.#client = client;
    this.#clock = about.clock;
    this.#onEnded = about.onEnded;
    this.#inbox = new Lane((parcel) => this.#take(parcel));
    this.#outbox = client.join(this);
  }

  get bufferedBytes(): number {
    return this.#outbox.bytes;
  }

  listen(listener: ConnectionListener): void {
    this.#listener = listener;
  }

  send(message: string | Uint8Array): void {
    if (this.#state !== "open") return;
    const text = typeof message === "string" ? message : decode(message);
    this.#outbox.push({ kind: "message", text, bytes: Buffer.byteLength(text) });
  }

  sendShared({ head }: SharedText, tail: string): void {
    this.send(head + tail);
  }

  admit(): void {
    this.#isAdmitted = true;
  }

  close(code: number, reason = ""): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#ending = { code, reason: cutCloseReason(reason) };
    this.#outbox.push({ kind: "close", ...this.#ending });
    if (this.#clock !== undefined) {
      this.#cancelGrace = this.#clock.callAt(after(this.#clock.now(), CLOSE_GRACE_MS), () => this.destroy());
    } else if (this.#outbox.isStalled) {
      queueMicrotask(() => this.destroy());
    }
  }

  /** Whether the client does not read, and therefore would not answer a close. */
  get isStalled(): boolean {
    return this.#outbox.isStalled;
  }

  /** Ends the connection without a word. */
  destroy(): void {
    if (this.#state === "ended") return;
    this.#client.breakOff();
    this.#end(this.#ending ?? { code: 1006, reason: "" });
  }

  receive(message: string | Uint8Array): void {
    if (typeof message !== "string" && !isUtf8(message)) {
      this.#inbox.push({ kind: "malformed" });
      return;
    }
    const text = typeof message === "string" ? message : decode(message);
    this.#inbox.push({ kind: "message", text, bytes: Buffer.byteLength(text) });
  }

  receiveClose(code: number, reason: string): void {
    this.#inbox.push({ kind: "close", code, reason });
  }

  lost(): void {
    queueMicrotask(() => this.#end(this.#ending ?? { code: 1006, reason: "" }));
  }

  #take(parcel: Parcel): void {
    if (this.#state === "ended") return;
    if (parcel.kind === "close") {
      if (this.#state === "open") this.#outbox.push({ kind: "close", code: parcel.code, reason: parcel.reason });
      this.#end(this.#ending ?? { code: parcel.code, reason: parcel.reason });
      return;
    }
    if (this.#state === "closing") return;
    if (parcel.kind === "malformed") this.close(1007, "invalid UTF-8");
    else if (!this.#isAdmitted && parcel.bytes > PREAUTH_MAX_PAYLOAD) this.close(1009, "preauth payload too large");
    else if (parcel.bytes > POLICY.maxPayload) this.close(1009);
    else this.#listener?.message(parcel.text);
  }

  #end(ending: Ending): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#cancelGrace?.();
    this.#inbox.cut();
    this.#onEnded();
    this.#listener?.closed(ending.code, ending.reason);
    this.#listener = undefined;
  }
}

const decode = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
