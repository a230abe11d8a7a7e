import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AddressLocality } from "../../src/adapters/system/index.js";
import { safeFileName } from "../../src/domain/messaging/file-name.js";
import { mediaKindOf } from "../../src/domain/messaging/media-kind.js";
import { isVagueType, parseMimeType, sniffMimeType } from "../../src/domain/messaging/media-type.js";
import { fileNameOfDisposition } from "../../src/domain/web/content-disposition.js";
import { parseDataUrl } from "../../src/domain/web/data-url.js";
import { isPublicAddress } from "../../src/domain/web/public-address.js";
import { WebFault } from "../../src/domain/web/web-fault.js";

describe("mediaKindOf", () => {
  test.each([
    ["image/png", "a", "image"], ["image/jpeg", "a.txt", "image"], ["IMAGE/GIF; x=y", "a", "image"], ["image/webp", "", "image"],
    ["image/svg+xml", "a.svg", "file"], ["image/heic", "a.heic", "file"], ["image/tiff", "a.png", "file"],
    ["audio/ogg; codecs=opus", "a", "audio"], ["audio/mpeg", "a", "audio"], ["application/ogg", "a", "audio"], ["video/mp4", "a", "video"],
    ["application/pdf", "a.png", "file"], ["text/html", "a.jpg", "file"],
    ["application/octet-stream", "a.JPG", "image"], [undefined, "song.mp3", "audio"], ["", "clip.mov", "video"], ["nonsense", "a.opus", "audio"],
    [undefined, undefined, "file"], [undefined, "png", "file"], [undefined, "a.constructor", "file"], [undefined, "a.png.exe", "file"],
  ])("%j named %j is sent as %s", (mimeType, fileName, kind) => {
    expect(mediaKindOf(mimeType, fileName)).toBe(kind);
  });

  test("a recording is a voice message only where the sender says so, and nothing else ever is", () => {
    expect(mediaKindOf("audio/ogg", "a.ogg", { voice: true })).toBe("voice");
    expect(mediaKindOf(undefined, "a.opus", { voice: true })).toBe("voice");
    expect(mediaKindOf("audio/ogg", "a.ogg", { voice: false })).toBe("audio");
    expect(mediaKindOf("image/png", "a.png", { voice: true })).toBe("image");
    expect(mediaKindOf("application/pdf", "a.ogg", { voice: true })).toBe("file");
  });
});

describe("safeFileName", () => {
  test.each([
    ["cat.png", "cat.png"], ["Katze im Schnee.png", "Katze im Schnee.png"], ["猫.png", "猫.png"], ["a.tar.gz", "a.tar.gz"],
    ["../../etc/passwd", "passwd"], ["C:\\Users\\ada\\x.doc", "x.doc"], ["\\\\host\\share\\x", "x"], ["/", "file"], ["a/", "file"],
    [".bashrc", "bashrc"], ["...", "file"], [". .x", "x"], ["evil.exe. . ", "evil.exe"], ["a:b?.txt", "a_b_.txt"], ["x.txt:evil.exe", "x.txt_evil.exe"],
    ["photo\u202egpj.exe", "photogpj.exe"], ["a\u0000b\u001b[31m.png", "ab.png"], ["a\r\nb.png", "a b.png"], ["\u200b\u2066", "file"], ["", "file"], ["  ", "file"],
    ["\ud800a.png", "a.png"],
  ])("%j becomes %j", (name, safe) => {
    expect(safeFileName(name, "file")).toBe(safe);
  });

  test("a long name is cut before its ending, and no pair of surrogates is torn", () => {
    expect(safeFileName(`${"a".repeat(500)}.jpeg`, "file")).toBe(`${"a".repeat(115)}.jpeg`);
    expect(safeFileName(`${"x".repeat(114)}${"😀".repeat(100)}.jpeg`, "file")).toBe(`${"x".repeat(114)}.jpeg`);
    expect(safeFileName("a".repeat(500), "file")).toBe("a".repeat(120));
    expect(safeFileName(`${"a".repeat(130)}.${"b".repeat(30)}`, "file")).toHaveLength(120);
    expect(safeFileName(`${"a/".repeat(1_000_000)}x.png`, "file")).toBe("x.png");
    expect(safeFileName("\u001b]".repeat(1_000_000), "file")).toBe("file");
  });

  test("whatever it is given, it is one visible segment, and stays the same", () => {
    const unfit = /^[.\s]|[.\s]$|[/\\<>:"|?*]|[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;
    const piece = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("/", "\\", ".", "..", " ", "\u202e", "\u0000", "\u00a0", "a".repeat(119), ".png", ":", "😀"));
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const name = safeFileName(pieces.join(""), "file");
      // One comparison: in Jest each costs more than what it looks at.
      expect([name, name.length > 0 && name.length <= 120, unfit.test(name), safeFileName(name, "file")]).toEqual([name, true, false, name]);
    }), { numRuns: 500 });
  });
});

describe("media types", () => {
  test.each([
    ["image/png", "image/png"], ["Text/HTML; charset=utf-8", "text/html"], ["application/vnd.ms-excel.sheet+xml ;x", "application/vnd.ms-excel.sheet+xml"], ["text/plain, image/png", "text/plain"],
    ["", undefined], ["png", undefined], ["image/", undefined], ["/png", undefined], ["image/png/x", undefined], ["a b/c", undefined], ["image/p\u00e4ng", undefined], ["text/html\u0000", undefined],
    [`a/${"b".repeat(253)}`, `a/${"b".repeat(253)}`], [`a/${"b".repeat(300)}`, undefined],
  ])("%.40j is read as %.40j", (text, type) => {
    expect(parseMimeType(text)).toBe(type);
  });

  test("some types say that the server does not know", () => {
    expect([undefined, "application/octet-stream", "binary/octet-stream", "image/png", "text/plain"].map(isVagueType)).toEqual([true, true, true, false, false]);
  });

  const ftyp = (brand: string): string => `000000186674797${Buffer.from(`p${brand}`, "latin1").toString("hex").slice(1)}00000000`;
  test.each([
    ["89504e470d0a1a0a0000000d49484452", "image/png"], ["ffd8ffe000104a464946", "image/jpeg"], ["474946383961", "image/gif"], ["474946383761", "image/gif"],
    ["52494646ffffffff57454250565038", "image/webp"], ["52494646ffffffff57415645666d74", "audio/wav"], ["255044462d312e37", "application/pdf"],
    [`4f676753${"00".repeat(24)}4f70757348656164`, "audio/ogg"], [`4f676753${"00".repeat(24)}01766f72626973`, "audio/ogg"], [`4f676753${"00".repeat(24)}807468656f7261`, "video/ogg"],
    ["494433030000", "audio/mpeg"], ["fffb9064", "audio/mpeg"], ["fff35000", "audio/mpeg"], ["fff15080", "audio/aac"], ["664c6143", "audio/flac"], ["2321414d520a", "audio/amr"],
    [ftyp("isom"), "video/mp4"], [ftyp("mp42"), "video/mp4"], [ftyp("M4A "), "audio/mp4"], [ftyp("qt  "), "video/quicktime"], [ftyp("heic"), "image/heic"], [ftyp("avif"), "image/avif"], [ftyp("3gp4"), "video/3gpp"],
    ["1a45dfa39f4286810142f7810142f2810442f381084282847765626d", "video/webm"], ["504b0304", "application/zip"],
    ["", undefined], ["89504e47", undefined], ["ff", undefined], ["fffe680065006c00", undefined], ["fffbf000", undefined], ["3c68746d6c3e", undefined], ["52494646ffffffff41564920", undefined], ["1a45dfa3", undefined],
  ])("%s is %s", (hex, type) => {
    expect(sniffMimeType(Buffer.from(hex, "hex"))).toBe(type);
  });
});

describe("fileNameOfDisposition", () => {
  test.each([
    ["attachment; filename=cat.png", "cat.png"], ["attachment; filename=\"a \\\"b\\\"; c.png\"", "a \"b\"; c.png"], ["ATTACHMENT;FILENAME = cat.png ; size=3", "cat.png"],
    ["attachment; filename=\"x.png\"; filename*=UTF-8''%E7%8C%AB.png", "猫.png"], ["attachment; filename*=utf-8'de'na%C3%AFve.pdf; filename=x", "naïve.pdf"],
    ["attachment; filename*=ISO-8859-1''na%EFve.pdf", "naïve.pdf"], ["attachment; filename*=UTF-8''%ff%fe; filename=\"x.png\"", "x.png"], ["attachment; filename*=koi8-r''%ff; filename=x.png", "x.png"],
    ["inline; filename=a; filename=b", "a"], ["attachment", undefined], ["", undefined], ["attachment; filename=", undefined], ["attachment; filename=\"\"", undefined], ["filename=x", undefined],
    ["attachment; notfilename=x", undefined], ["attachment; filename=\"unended", undefined],
  ])("%j gives %j", (header, name) => {
    expect(fileNameOfDisposition(header)).toBe(name);
  });

  test("no text makes it throw", () => {
    fc.assert(fc.property(fc.array(fc.constantFrom("; filename", "*", "=", "\"", "\\", "UTF-8''", "%", "e", " ", "'"), { maxLength: 40 }), (pieces) => {
      expect(["string", "undefined"]).toContain(typeof fileNameOfDisposition(pieces.join("")));
    }));
    expect(fileNameOfDisposition("; filename=\"".repeat(100_000))).toBeDefined();
  });
});

describe("parseDataUrl", () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  const read = (url: string, maxBytes = 1_000) => parseDataUrl(new URL(url).href, maxBytes);

  test("gives back what was put in, in either form", () => {
    fc.assert(fc.property(bytes, (file) => {
      const buffer = Buffer.from(file);
      const escaped = [...file].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
      for (const text of [`;base64,${buffer.toString("base64")}`, `;base64,${encodeURIComponent(buffer.toString("base64"))}`, `;base64,${buffer.toString("base64").replace(/=+$/, "")}`, `,${escaped}`, `,${escaped.toUpperCase()}`]) {
        const parsed = read(`data:image/png${text}`);
        expect(parsed).toMatchObject({ mimeType: "image/png" });
        expect(!(parsed instanceof WebFault) && Buffer.from(parsed.bytes).equals(buffer)).toBe(true);
      }
    }));
  });

  test("agrees with the platform about what is base64", () => {
    const piece = fc.constantFrom("A", "b", "3", "+", "/", "=", " ", "-", "*", "AAAA");
    fc.assert(fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      // A space at the very end is cut off by the URL parser.
      const text = pieces.join("");
      const valid = (() => {
        try {
          return Buffer.from(atob(text.trimEnd()), "latin1").toString("hex");
        } catch {
          return undefined;
        }
      })();
      const parsed = read(`data:a/b;base64,${text}`);
      expect([text, parsed instanceof WebFault ? undefined : Buffer.from(parsed.bytes).toString("hex")]).toEqual([text, valid]);
    }), { numRuns: 2_000 });
  });

  test("the limit is exact", () => {
    for (const length of [0, 1, 2, 3, 4, 5, 99, 100, 101]) {
      for (const url of [`data:;base64,${Buffer.alloc(length).toString("base64")}`, `data:,${"%00".repeat(length)}`, `data:,${"a".repeat(length)}`]) {
        const parsed = read(url, 100);
        expect(parsed instanceof WebFault ? parsed.code : parsed.bytes.length).toBe(length > 100 ? "too-large" : length);
      }
    }
  });
});

describe("isPublicAddress", () => {
  const locality = new AddressLocality();
  const isPublic = (address: string): boolean => isPublicAddress(address, (text, ranges) => locality.isWithin(text, ranges));

  test.each([
    "8.8.8.8", "1.1.1.1", "93.184.216.34", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "169.253.255.255", "169.255.0.0", "192.0.1.0", "198.17.255.255", "198.20.0.0",
    "223.255.255.255", "11.0.0.0", "9.255.255.255", "126.255.255.255", "128.0.0.0", "1.0.0.0", "168.63.129.15",
    "2606:4700::1111", "2a00:1450::1", "2001:200::1", "2001:db7::1", "2001:db9::1", "2003::1", "3ffd::1", "::ffff:8.8.8.8",
  ])("%s is", (address) => {
    expect(isPublic(address)).toBe(true);
  });

  test.each(["1fff::1", "4000::1", "2001:1ff::1", "2001:db8:ffff::1", "2002::1", "3ffe:ffff::", "3fff:fff::1", "::8.8.8.8", "64:ff9b::808:808", "fe80::1%eth0", "::ffff:10.0.0.1", "", "localhost", "010.0.0.1", "8.8.8.8/8", "8.8.8.8:80", "[2606:4700::1111]"])("%j is not", (address) => {
    expect(isPublic(address)).toBe(false);
  });

  test("is the same for an IPv4 address however it is wrapped, and never more than what the gateway calls public elsewhere", () => {
    fc.assert(fc.property(fc.ipV4(), (address) => {
      expect(isPublic(`::ffff:${address}`)).toBe(isPublic(address));
      for (const wrapped of [`64:ff9b::${address}`, `::${address}`, `2002:${address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0")).join("").replace(/^(.{4})/, "$1:")}::`]) expect(isPublic(wrapped)).toBe(false);
      if (isPublic(address)) expect(locality.classify(address)).toBe("public");
    }));
    fc.assert(fc.property(fc.ipV6(), (address) => {
      if (isPublic(address)) expect(locality.classify(address)).toBe("public");
    }));
  });
});
