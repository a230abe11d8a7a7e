import { afterEach, beforeEach, describe, expect, test } from "./kit.js";

import type { WebFetch, WebFetched } from "../../ports/web-fetch.js";

export interface ServedFile {
  readonly chunks: readonly Uint8Array[];
  readonly mimeType?: string;
  readonly fileName?: string;
  /** The connection is lost after the last chunk, before the file is whole. */
  readonly breaksOff?: boolean;
}

export interface WebFetchRig {
  readonly web: WebFetch;
  /** Puts a file where it may be fetched, and gives its URL. */
  serve(file: ServedFile): string;
  /** The URL of a file that does not exist, at a place that may be fetched from. */
  missing(): string;
  /** A URL that leads to an address that is not public. */
  hidden(): string;
  dispose(): Promise<void>;
}

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 31) % 251);

/** Reads to the end, or to the error that the stream ends with. */
async function drain(fetched: WebFetched): Promise<{ readonly bytes: Buffer; readonly error?: { readonly name: string; readonly code: string; readonly message: string } }> {
  if (fetched.kind !== "fetched") throw new Error(`refused: ${fetched.reason}`);
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of fetched.bytes) chunks.push(chunk);
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error: error as { name: string; code: string; message: string } };
  }
  return { bytes: Buffer.concat(chunks) };
}

/** What every way to fetch a file that a stranger named promises. */
export function webFetchContract(name: string, rig: () => Promise<WebFetchRig>): void {
  describe(`WebFetch: ${name}`, () => {
    let at: WebFetchRig;
    beforeEach(async () => {
      at = await rig();
    });
    afterEach(() => at.dispose());

    const get = (url: string, maxBytes = 1_000_000): Promise<WebFetched> => at.web.fetch({ url, maxBytes });
    const sentence = expect.stringMatching(/^\S+ .*\.$/u);

    test("a file arrives as it was sent, with its type and its name", async () => {
      const chunks = [bytesOf(70_000), bytesOf(3), bytesOf(40_000)];
      const fetched = await get(at.serve({ chunks, mimeType: "image/png", fileName: "Katze im Schnee.png" }));
      expect(fetched).toMatchObject({ kind: "fetched", mimeType: "image/png", fileName: "Katze im Schnee.png" });
      expect((await drain(fetched)).bytes.equals(Buffer.concat(chunks))).toBe(true);
    });

    test("an empty file is a file", async () => {
      expect(await drain(await get(at.serve({ chunks: [], mimeType: "text/plain" })))).toEqual({ bytes: Buffer.alloc(0) });
    });

    test("a name that a stranger chose is fit to be shown", async () => {
      const fetched = await get(at.serve({ chunks: [bytesOf(1)], mimeType: "text/plain", fileName: "../../.ssh/gpj.\u202eexe" }));
      expect(fetched).toMatchObject({ kind: "fetched", fileName: "gpj.exe" });
      await drain(fetched);
    });

    test("exactly as much as is taken arrives", async () => {
      const url = at.serve({ chunks: [bytesOf(600), bytesOf(400)], mimeType: "image/png" });
      expect((await drain(await get(url, 1_000))).bytes).toHaveLength(1_000);
    });

    test("one byte more does not: the stream throws, and hands out no more than is taken", async () => {
      const url = at.serve({ chunks: [bytesOf(600), bytesOf(401)], mimeType: "image/png" });
      const fetched = await get(url, 1_000);
      const { bytes, error } = await drain(fetched);
      expect(bytes.length).toBeLessThanOrEqual(1_000);
      expect(error).toMatchObject({ name: "WebFault", code: "too-large", message: sentence });
    });

    test("a file that breaks off throws", async () => {
      const fetched = await get(at.serve({ chunks: [bytesOf(600)], mimeType: "image/png", breaksOff: true }));
      const { error } = await drain(fetched);
      expect(error).toMatchObject({ name: "WebFault", code: "unreachable", message: sentence });
    });

    test("what is not there is refused, and so is what is not public", async () => {
      expect(await get(at.missing())).toEqual({ kind: "refused", code: "http-error", reason: sentence });
      expect(await get(at.hidden())).toEqual({ kind: "refused", code: "private-address", reason: sentence });
    });

    test.each(["file:///etc/passwd", "file://localhost/etc/passwd", "ftp://example.com/a.png", "javascript:alert(1)", "blob:https://example.com/1", "/etc/passwd", "a.png", "//example.com/a.png", "", "http://", "https://exa mple.com/", "http://example.com:99999/", "ws://example.com/"])("%j is refused as a URL", async (url) => {
      expect(await get(url)).toEqual({ kind: "refused", code: "bad-url", reason: sentence });
    });

    test("a file: URL is told what to use instead", async () => {
      expect(await get("file:///etc/passwd")).toMatchObject({ reason: expect.stringMatching(/data: URL.*https: URL/u) });
    });

    test("a URL with credentials is refused, and they are not repeated", async () => {
      for (const url of ["https://ada:hunter2@example.com/a.png", "https://hunter2@example.com/a.png", "http://:hunter2@127.0.0.1/", "ftp://ada:hunter2@example.com/", "http://ada:hunter2@:80:80/"]) {
        const refused = await get(url);
        expect(refused).toEqual({ kind: "refused", code: "bad-url", reason: sentence });
        expect(JSON.stringify(refused)).not.toMatch(/hunter2|ada/u);
      }
    });

    test("a URL too long to be one is refused", async () => {
      expect(await get(`https://example.com/${"a".repeat(100_000)}`)).toMatchObject({ kind: "refused", code: "bad-url" });
    });

    test.each([
      ["data:image/png;base64,iVBORw==", "image/png", "89504e47"],
      ["data:image/png;base64,iVBORw", "image/png", "89504e47"],
      ["DATA:Image/PNG;charset=x;BASE64,iV BO\nRw%3D%3D", "image/png", "89504e47"],
      ["data:,caf%C3%A9 é#fragment", "text/plain", "636166c3a920c3a9"],
      ["data:text/html;charset=utf-8,%3Cp%3E100%", "text/html", "3c703e31303025"],
      ["data:;base64,JVBERi0xLjcK", "application/pdf", "255044462d312e370a"],
      ["data:,", "text/plain", ""],
    ])("%j holds a file itself", async (url, mimeType, hex) => {
      const fetched = await get(url);
      expect(fetched).toMatchObject({ kind: "fetched", mimeType });
      expect((await drain(fetched)).bytes.toString("hex")).toBe(hex);
    });

    test("a data: URL is held to the same limit, before it is decoded", async () => {
      const url = `data:image/png;base64,${Buffer.from(bytesOf(1_000)).toString("base64")}`;
      expect((await drain(await get(url, 1_000))).bytes.equals(bytesOf(1_000))).toBe(true);
      expect(await get(url, 999)).toEqual({ kind: "refused", code: "too-large", reason: sentence });
      expect(await get(`data:,${"%41".repeat(1_001)}`, 1_000)).toEqual({ kind: "refused", code: "too-large", reason: sentence });
      expect(await get(`data:,${"a".repeat(5_000_000)}`, 1_000)).toEqual({ kind: "refused", code: "too-large", reason: sentence });
    });

    test.each(["data:image/png;base64", "data:", "data:image/png;base64,a", "data:image/png;base64,abc*", "data:image/png;base64,ab=", "data:image/png;base64,=abc", "data:image/png;base64,iV-_Rw=="])("%j holds no file", async (url) => {
      expect(await get(url)).toEqual({ kind: "refused", code: "bad-url", reason: sentence });
    });

    test("a cancelled fetch is not begun, and one that is cancelled later throws", async () => {
      const url = at.serve({ chunks: [bytesOf(600), bytesOf(600)], mimeType: "image/png" });
      expect(await at.web.fetch({ url, maxBytes: 10_000, cancel: AbortSignal.abort() })).toEqual({ kind: "refused", code: "unreachable", reason: sentence });
      const late = new AbortController();
      const fetched = await at.web.fetch({ url, maxBytes: 10_000, cancel: late.signal });
      late.abort(new Error("not for others"));
      expect(await drain(fetched)).toMatchObject({ error: { name: "WebFault", code: "unreachable", message: sentence } });
    });

    test("whoever could cancel is not held on to once a fetch is over", async () => {
      let heard = 0;
      const cancel = { aborted: false, addEventListener: () => void (heard += 1), removeEventListener: () => void (heard -= 1) };
      const url = at.serve({ chunks: [bytesOf(600)], mimeType: "image/png" });
      await drain(await at.web.fetch({ url, maxBytes: 10_000, cancel }));
      expect(heard).toBe(0);
      for (const other of [at.missing(), at.hidden(), "file:///etc/passwd", "data:,hello"]) await at.web.fetch({ url: other, maxBytes: 10_000, cancel });
      expect(heard).toBe(0);
    });

    test("who stops reading early has taken nothing from the next", async () => {
      const url = at.serve({ chunks: [bytesOf(600), bytesOf(600)], mimeType: "image/png" });
      const fetched = await get(url);
      if (fetched.kind !== "fetched") throw new Error(fetched.reason);
      for await (const chunk of fetched.bytes) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect((await drain(await get(url))).bytes).toHaveLength(1_200);
    });
  });
}
