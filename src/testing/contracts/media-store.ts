import { afterEach, beforeEach, describe, expect, test } from "./kit.js";

import type { StoredMedia } from "../../domain/messaging/outbound.js";
import { after } from "../../domain/moment.js";
import type { MediaFacts, MediaKept, MediaStore } from "../../ports/media-store.js";
import type { HandClock } from "../hand-clock.js";

export interface MediaStoreRig {
  readonly store: MediaStore;
  /** Tells the store the time. */
  readonly clock: HandClock;
  /** Closes the store and opens what it left. */
  reopen(): Promise<MediaStore>;
  /** How many files it holds, be they half. */
  held(): Promise<number>;
  dispose(): Promise<void>;
}

export const aPhoto: MediaFacts = { kind: "image", mimeType: "image/jpeg", fileName: "holiday.jpg" };

export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<readonly number[]> {
  const bytes: number[] = [];
  for await (const chunk of stream) bytes.push(...chunk);
  return bytes;
}

async function* pieces(...chunks: readonly (readonly number[])[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Uint8Array.from(chunk);
}

const stored = (kept: MediaKept): StoredMedia => {
  if (kept.kind !== "stored") throw new Error(`The file was not stored: ${kept.kind}`);
  return kept.media;
};

export function mediaStoreContract(name: string, rig: () => Promise<MediaStoreRig>): void {
  describe(`MediaStore: ${name}`, () => {
    let at: MediaStoreRig;
    beforeEach(async () => {
      at = await rig();
    });
    afterEach(() => at.dispose());

    test("gives back what was put, again and again, before and after reopening", async () => {
      const media = stored(await at.store.put(aPhoto, pieces([1, 2, 3], [], [4]), 100));
      expect(media).toEqual({ ...aPhoto, id: expect.any(String), bytes: 4 });
      expect(await bytesOf(at.store.read(media))).toEqual([1, 2, 3, 4]);
      expect(await bytesOf(at.store.read(media))).toEqual([1, 2, 3, 4]);
      expect(await bytesOf((await at.reopen()).read(JSON.parse(JSON.stringify(media)) as StoredMedia))).toEqual([1, 2, 3, 4]);
    });

    test("a large file comes back whole, and reading may stop early", async () => {
      const large = new Uint8Array(1_000_003).map((_, index) => index % 251);
      const source = async function* (): AsyncGenerator<Uint8Array> {
        for (let start = 0; start < large.length; start += 70_001) yield large.subarray(start, start + 70_001);
      };
      const media = stored(await at.store.put(aPhoto, source(), large.length));
      const read: Uint8Array[] = [];
      for await (const chunk of at.store.read(media)) read.push(chunk);
      expect(Buffer.concat(read).equals(large)).toBe(true);
      for await (const chunk of at.store.read(media)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
    });

    test("an empty file is a file", async () => {
      const media = stored(await at.store.put(aPhoto, pieces(), 0));
      expect(media.bytes).toBe(0);
      expect(await bytesOf(at.store.read(media))).toEqual([]);
    });

    test("a file's name is kept as it is, and is no part of its id", async () => {
      const names = ["../../etc/passwd", "/etc/passwd", "", "a\u0000b", "x".repeat(5_000), "..", "C:\\x"];
      for (const fileName of names) {
        const media = stored(await at.store.put({ ...aPhoto, fileName }, pieces([1]), 1));
        expect(media.fileName).toBe(fileName);
        expect(media.id).toMatch(/^[A-Za-z0-9_-]{8,128}$/);
      }
      expect(await at.held()).toBe(names.length);
    });

    test("what fits exactly is stored; with one byte more nothing is kept", async () => {
      expect((await at.store.put(aPhoto, pieces([1, 2], [3]), 3)).kind).toBe("stored");
      expect(await at.store.put(aPhoto, pieces([1, 2], [3, 4]), 3)).toEqual({ kind: "too-large" });
      expect(await at.store.put(aPhoto, pieces([1]), 0)).toEqual({ kind: "too-large" });
      expect(await at.held()).toBe(1);
    });

    test("an endless stream is read up to the limit and told to end", async () => {
      let given = 0;
      let ended = 0;
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (;;) {
            given += 1;
            yield new Uint8Array(10);
          }
        } finally {
          ended += 1;
        }
      };
      expect(await at.store.put(aPhoto, endless(), 35)).toEqual({ kind: "too-large" });
      expect([given, ended]).toEqual([4, 1]);
      expect(await at.held()).toBe(0);
    });

    test("a stream that breaks off leaves nothing, and what it says is not repeated", async () => {
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield new Uint8Array(3);
        throw Object.assign(new Error("fetch of https://host/bot123:SECRET failed"), { code: "ECONNRESET" });
      };
      const kept = await at.store.put(aPhoto, broken(), 100);
      expect(kept).toEqual({ kind: "broken", reason: expect.stringMatching(/^[A-Z].*\.$/) });
      expect(JSON.stringify(kept)).not.toContain("SECRET");
      expect(await at.held()).toBe(0);
    });

    test("a stream that is too large and then fails to end is too large", async () => {
      const stubborn = async function* (): AsyncGenerator<Uint8Array> {
        try {
          yield new Uint8Array(50);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- that is the fault to be had
          throw new Error("cannot end");
        }
      };
      expect(await at.store.put(aPhoto, stubborn(), 10)).toEqual({ kind: "too-large" });
    });

    test("a source may use its memory again", async () => {
      const memory = Buffer.alloc(2);
      const reusing = async function* (): AsyncGenerator<Uint8Array> {
        for (let n = 1; n <= 3; n += 1) yield memory.fill(n);
      };
      const media = stored(await at.store.put(aPhoto, reusing(), 10));
      memory.fill(9);
      expect(await bytesOf(at.store.read(media))).toEqual([1, 1, 2, 2, 3, 3]);
    });

    test("many at once do not mix", async () => {
      const kept = await Promise.all(Array.from({ length: 50 }, (_, n) => at.store.put(aPhoto, pieces([n], [n], [n]), 3)));
      const media = kept.map(stored);
      expect(new Set(media.map(({ id }) => id)).size).toBe(50);
      expect(await Promise.all(media.map((one) => bytesOf(at.store.read(one))))).toEqual(media.map((_, n) => [n, n, n]));
    });

    test("sweeping removes what was put before a moment, and reading it fails while it is read", async () => {
      const old = stored(await at.store.put(aPhoto, pieces([1]), 9));
      at.clock.advance(1_000);
      const young = stored(await at.store.put(aPhoto, pieces([2]), 9));
      expect(await at.store.sweep(after(at.clock.now(), -1_000))).toBe(0);
      expect(await at.store.sweep(at.clock.now())).toBe(1);
      const stream = at.store.read(old);
      await expect(bytesOf(stream)).rejects.toThrow();
      expect(await bytesOf(at.store.read(young))).toEqual([2]);
      expect(await at.held()).toBe(1);
      expect(await (await at.reopen()).sweep(after(at.clock.now(), 1))).toBe(1);
      expect(await at.held()).toBe(0);
    });

    test("an id of somewhere else is not read", async () => {
      const media = stored(await at.store.put(aPhoto, pieces([1]), 9));
      for (const id of ["", ".", "..", "../x", `../${media.id}`, `${media.id}/`, `./${media.id}`, "/etc/passwd", `${media.id}\u0000`]) {
        await expect(bytesOf(at.store.read({ ...media, id }))).rejects.toThrow();
      }
    });

    test("a closed store refuses; what was coming in is not kept", async () => {
      let closed: Promise<void> | undefined;
      const cutOff = async function* (): AsyncGenerator<Uint8Array> {
        yield new Uint8Array(1);
        closed = at.store.close();
        await closed;
        yield new Uint8Array(1);
      };
      expect(await at.store.put(aPhoto, cutOff(), 9)).toMatchObject({ kind: "broken" });
      expect(closed).toBeDefined();
      await expect(at.store.put(aPhoto, pieces([1]), 9)).rejects.toThrow("not open");
      await expect(at.store.sweep(at.clock.now())).rejects.toThrow("not open");
      await at.store.close();
      await at.reopen();
      expect(await at.held()).toBe(0);
    });
  });
}
