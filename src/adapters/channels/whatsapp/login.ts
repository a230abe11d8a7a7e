import type { AuthenticationCreds, SignalDataSet, SignalDataTypeMap, SignalKeyStore } from "@whiskeysockets/baileys";
import { after } from "../../../domain/moment.js";
import type { ChannelHost, LoginRequest, LoginStep } from "../../../ports/channel.js";
import type { WhatsappConfig } from "./config.js";
import { LOST, refused, type Setback } from "./failures.js";
import { Link } from "./link.js";
import type { Sdk } from "./sdk.js";

/** Baileys shows the first code for a minute, and each one after it for twenty seconds. */
const FIRST_CODE_MS = 60_000;
const NEXT_CODE_MS = 20_000;

const TOO_LATE = refused("invalid", "Nobody scanned the code in time; begin the login once more.");
const GIVEN_UP = refused("invalid", "The login was given up.");
const NO_NUMBER = refused("invalid", "This is no phone number; write it with its country code, such as +4915112345678.");

/** By QR, the phone shows the first of these; for a code that is typed WhatsApp takes only systems and programs that it knows. */
const SHOWN: [string, string, string] = ["OpenClaw", "Chrome", "1.0"];
const SHOWN_BY_CODE: [string, string, string] = ["Ubuntu", "Chrome", "22.04.4"];

export interface LoginOptions {
  readonly sdk: Sdk;
  readonly config: WhatsappConfig;
  readonly host: ChannelHost;
  readonly request: LoginRequest;
}

/**
 * Links an account to its phone, over a socket and with keys of its own: those of a link that there was are untouched
 * until the phone has said yes. Goes on by itself, whether or not somebody reads its steps.
 */
export class Login {
  /** The new credentials, once the phone has said yes; `undefined` where it did not. */
  readonly linked: Promise<AuthenticationCreds | undefined>;
  readonly #options: LoginOptions;
  readonly #steps = new Steps();
  readonly #link: Link;
  #codes = 0;
  #isGivenUp = false;

  constructor(options: LoginOptions) {
    const { sdk, config, host, request } = options;
    this.#options = options;
    this.#link = new Link({
      sdk, config, host,
      credentials: sdk.initAuthCreds(),
      keys: new ScratchKeys(),
      marks: [],
      browser: request.phoneNumber === undefined ? SHOWN : SHOWN_BY_CODE,
      listener: { up: () => undefined, receive: async () => undefined, save: async () => undefined, groupChanged: () => undefined, qr: (text) => this.#ready(text) },
    });
    this.linked = this.#link.ended.then((setback) => this.#finish(setback));
  }

  next(): Promise<LoginStep> {
    return this.#steps.next();
  }

  /** How it went on after the phone has said yes. */
  tell(step: LoginStep): void {
    this.#steps.add(step);
  }

  async giveUp(): Promise<void> {
    this.#isGivenUp = true;
    await this.#link.close(LOST);
  }

  #ready(text: string): void {
    const { request, host } = this.#options;
    this.#codes += 1;
    if (request.phoneNumber === undefined) {
      this.#steps.replace({ kind: "qr", text, expiresAt: after(host.clock.now(), this.#codes === 1 ? FIRST_CODE_MS : NEXT_CODE_MS) });
    } else if (this.#codes === 1) {
      void this.#askForCode(request.phoneNumber);
    }
  }

  async #askForCode(phoneNumber: string): Promise<void> {
    const number = phoneNumber.replace(/\(0\)|[^0-9]/gu, "");
    try {
      if (!/^[1-9][0-9]{6,14}$/u.test(number)) this.#steps.add(NO_NUMBER);
      else this.#steps.add({ kind: "code", code: await this.#link.socket.requestPairingCode(number) });
    } catch {
      this.#steps.add(refused("invalid", "WhatsApp gave no code for this number; try again, or scan a QR code."));
    }
    if (this.#steps.isOver) await this.giveUp();
  }

  #finish({ isRestart, message }: Setback): AuthenticationCreds | undefined {
    const { credentials } = this.#link;
    if (isRestart === true && credentials.account !== undefined && !this.#isGivenUp) return credentials;
    this.#steps.add(this.#isGivenUp ? GIVEN_UP : this.#codes > 0 ? TOO_LATE : refused("invalid", `The account could not be linked. ${message}`));
    return undefined;
  }
}

/** What a login has come to, one after the other. Of codes only the newest is any good. */
class Steps {
  readonly #waiting: LoginStep[] = [];
  readonly #readers: ((step: LoginStep) => void)[] = [];
  #last: LoginStep | undefined;

  get isOver(): boolean {
    return this.#last !== undefined;
  }

  add(step: LoginStep): void {
    if (this.#last !== undefined) return;
    if (step.kind === "linked" || step.kind === "refused") this.#last = step;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#waiting.push(step);
    else reader(step);
    if (this.#last !== undefined) for (const late of this.#readers.splice(0)) late(this.#last);
  }

  replace(step: LoginStep): void {
    this.#waiting.length = 0;
    this.add(step);
  }

  next(): Promise<LoginStep> {
    const step = this.#waiting.shift() ?? this.#last;
    return step === undefined ? new Promise((resolve) => { this.#readers.push(resolve); }) : Promise.resolve(step);
  }
}

/** Keys of a link that may never come to be. */
class ScratchKeys implements SignalKeyStore {
  readonly #values = new Map<string, unknown>();

  get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]): { [id: string]: SignalDataTypeMap[T] } {
    return Object.fromEntries(ids.flatMap((id) => (this.#values.has(`${type} ${id}`) ? [[id, this.#values.get(`${type} ${id}`) as SignalDataTypeMap[T]]] : [])));
  }

  set(data: SignalDataSet): void {
    for (const [type, entries] of Object.entries(data)) {
      for (const [id, value] of Object.entries(entries ?? {})) this.#values.set(`${type} ${id}`, value ?? undefined);
    }
  }
}
