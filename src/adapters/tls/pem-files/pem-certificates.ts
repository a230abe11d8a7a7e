import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { after } from "../../../domain/moment.js";
import type { Certificates, ServerCertificate } from "../../../ports/certificates.js";
import type { Clock } from "../../../ports/clock.js";
import { readPair, UnusableCertificate } from "../read-pair.js";

export interface PemFiles {
  readonly certPath: string;
  readonly keyPath: string;
  /** Certificates that lead from the one in `certPath` to its authority, where they are kept apart. */
  readonly chainPath?: string;
  /** Takes a key that every user of this host can read. For file systems that know no owners. */
  readonly allowReadableKey?: boolean;
}

/**
 * Looked at again this often. Polled rather than watched: tools that renew certificates turn symbolic links around,
 * which watchers of the file behind the link never hear of.
 */
const LOOK_EVERY_MS = 15_000;
const LARGEST_FILE = 1_048_576;

/** A certificate in files that somebody else renews. */
export class PemCertificates implements Certificates {
  readonly #files: PemFiles;
  readonly #clock: Clock;
  #serving: ServerCertificate | undefined;

  constructor(files: PemFiles, clock: Clock) {
    this.#files = files;
    this.#clock = clock;
  }

  async current(): Promise<ServerCertificate> {
    this.#serving = await this.#read();
    return this.#serving;
  }

  watch(renewed: (certificate: ServerCertificate) => void, failed: (reason: string) => void): () => void {
    const troubles = new Troubles(failed);
    let serving = this.#serving;
    let cancel = (): void => undefined;
    let isOver = false;
    const look = async (): Promise<void> => {
      const found = await this.#read().catch((error: unknown) => reasonOf(error));
      if (isOver) return;
      if (typeof found === "string") troubles.met(found);
      else {
        troubles.over();
        if (serving === undefined || !isSame(found, serving)) renewed(found);
        serving = found;
      }
      plan();
    };
    const plan = (): void => {
      cancel = this.#clock.callAt(after(this.#clock.now(), LOOK_EVERY_MS), () => void look());
    };
    plan();
    return () => {
      isOver = true;
      cancel();
    };
  }

  async #read(): Promise<ServerCertificate> {
    const { certPath, keyPath, chainPath, allowReadableKey = false } = this.#files;
    const key = await textOf(keyPath, { secret: !allowReadableKey });
    const leaf = await textOf(certPath);
    const chain = chainPath === undefined ? "" : `\n${await textOf(chainPath)}`;
    return readPair({ cert: leaf + chain, key, certName: certPath, keyName: keyPath });
  }
}

/** Tells of one trouble once, and not of the moment in which only one file of a pair is there yet. */
class Troubles {
  readonly #tell: (reason: string) => void;
  #last: string | undefined;
  #told: string | undefined;

  constructor(tell: (reason: string) => void) {
    this.#tell = tell;
  }

  over(): void {
    this.#last = undefined;
    this.#told = undefined;
  }

  met(reason: string): void {
    if (reason === this.#last && reason !== this.#told) {
      this.#told = reason;
      this.#tell(reason);
    }
    this.#last = reason;
  }
}

const isSame = (one: ServerCertificate, other: ServerCertificate): boolean => one.cert === other.cert && one.key === other.key;

const reasonOf = (error: unknown): string => {
  if (error instanceof UnusableCertificate) return error.message;
  throw error;
};

async function textOf(path: string, { secret = false }: { readonly secret?: boolean } = {}): Promise<string> {
  try {
    // Without O_NONBLOCK a FIFO in the file's place would hang the gateway.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const facts = await file.stat();
      if (!facts.isFile() || facts.size > LARGEST_FILE) throw new UnusableCertificate(`${path} is not a file with a certificate or key in it.`);
      // A group may hold a key together, as the web servers of a host do; everybody may not. Windows reports modes that say nothing.
      if (secret && process.platform !== "win32" && (facts.mode & 0o007) !== 0) {
        throw new UnusableCertificate(`Every user of this host can read the key in ${path}: close it with chmod o= '${path.replaceAll("'", String.raw`'\''`)}'.`);
      }
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UnusableCertificate) throw error;
    throw new UnusableCertificate(`${path} cannot be read (${String((error as { code?: unknown }).code ?? "unknown error")}).`);
  }
}
