import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { selfSigned } from "../app/certificate.js";

/** What a message says of a file of it. */
export interface MediaFacts {
  readonly url: string;
  readonly directPath: string;
  readonly mediaKey: Uint8Array;
  readonly fileSha256: Uint8Array;
  readonly fileEncSha256: Uint8Array;
  readonly fileLength: number;
  readonly mimetype: string;
}

export type FileKind = "Image" | "Video" | "Audio" | "Document";

/** Where files lie, enciphered: over TLS, with a certificate of its own. */
export class WhatsappMedia {
  readonly certificate: string;
  /** While set, an upload is answered by this status. */
  refusal: number | undefined;
  readonly #server: Server;
  readonly #files = new Map<string, Buffer>();

  private constructor({ key, cert }: { key: string; cert: string }) {
    this.certificate = cert;
    this.#server = createServer({ key, cert }, (request, response) => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      if (request.method === "GET") {
        const file = this.#files.get(path);
        response.writeHead(file === undefined ? 404 : 200).end(file);
        return;
      }
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (this.refusal !== undefined) return response.writeHead(this.refusal).end("{}");
        const directPath = `/v/${path.split("/").at(-1) ?? ""}`;
        this.#files.set(directPath, Buffer.concat(chunks));
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ url: `https://${this.host}${directPath}`, direct_path: directPath }));
      });
    });
  }

  static async start(): Promise<WhatsappMedia> {
    const media = new WhatsappMedia(selfSigned());
    await new Promise<void>((resolve) => { media.#server.listen(0, "127.0.0.1", resolve); });
    return media;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A file of somebody's, put there as their phone would. */
  put(bytes: Uint8Array, kind: FileKind, mimetype: string): MediaFacts {
    const mediaKey = randomBytes(32);
    const { iv, cipherKey, macKey } = keysOf(mediaKey, kind);
    const cipher = createCipheriv("aes-256-cbc", cipherKey, iv);
    const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
    const file = Buffer.concat([body, createHmac("sha256", macKey).update(iv).update(body).digest().subarray(0, 10)]);
    const fileEncSha256 = createHash("sha256").update(file).digest();
    const directPath = `/v/${fileEncSha256.toString("base64url")}`;
    this.#files.set(directPath, file);
    return { url: `https://${this.host}${directPath}`, directPath, mediaKey, fileSha256: createHash("sha256").update(bytes).digest(), fileEncSha256, fileLength: bytes.length, mimetype };
  }

  /** The bytes behind a message of the account. */
  read(directPath: string, mediaKey: Uint8Array, kind: FileKind): Buffer | undefined {
    const file = this.#files.get(directPath);
    if (file === undefined) return undefined;
    const { iv, cipherKey } = keysOf(mediaKey, kind);
    const decipher = createDecipheriv("aes-256-cbc", cipherKey, iv);
    return Buffer.concat([decipher.update(file.subarray(0, -10)), decipher.final()]);
  }

  /** Breaks what lies there. */
  spoil(directPath: string): void {
    const file = this.#files.get(directPath);
    if (file !== undefined) file[0] = (file[0] ?? 0) ^ 1;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => { this.#server.close(() => resolve()); });
  }
}

function keysOf(mediaKey: Uint8Array, kind: FileKind): { iv: Buffer; cipherKey: Buffer; macKey: Buffer } {
  const bytes = Buffer.from(hkdfSync("sha256", mediaKey, new Uint8Array(), `WhatsApp ${kind} Keys`, 112));
  return { iv: bytes.subarray(0, 16), cipherKey: bytes.subarray(16, 48), macKey: bytes.subarray(48, 80) };
}
