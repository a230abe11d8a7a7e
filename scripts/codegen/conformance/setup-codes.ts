import { encodeSetupCode, type SetupCode } from "../../../src/domain/pairing/setup-code.js";
import { NOW } from "./world.js";

const WHOLE: SetupCode = {
  url: "wss://gateway.example.org",
  urls: ["wss://gateway.example.org", "wss://192.0.2.7:18789"],
  bootstrapToken: "conformance-bootstrap-token",
  expiresAtMs: NOW + 600_000,
  tlsFingerprint: "5d2b7c1e9f3a4068d7e5b2c1f0a9483726150e4d3c2b1a09f8e7d6c5b4a39281",
};
const SHORT: SetupCode = { url: "ws://127.0.0.1:18789", bootstrapToken: "t" };

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const CODE = encodeSetupCode(WHOLE);

interface Case {
  readonly name: string;
  readonly text: string;
  /** What the text holds, or null where it is no setup code. */
  readonly code: SetupCode | null;
}

const CASES: readonly Case[] = [
  { name: "all of it", text: CODE, code: WHOLE },
  { name: "after its prefix", text: `oc-pair://${CODE}`, code: WHOLE },
  { name: "after its prefix in capitals", text: `OC-PAIR://${CODE}`, code: WHOLE },
  { name: "broken over lines, as a terminal prints it", text: ` ${CODE.slice(0, 40)}\n${CODE.slice(40)}\r\n`, code: WHOLE },
  { name: "padded", text: `${encodeSetupCode(SHORT)}==`, code: SHORT },
  { name: "no more than it must hold", text: encodeSetupCode(SHORT), code: SHORT },
  { name: "letters beyond ASCII, in UTF-8", text: base64url({ url: "wss://bücher.example", bootstrapToken: "t" }), code: { url: "wss://bücher.example", bootstrapToken: "t" } },
  { name: "a key of tomorrow is passed over", text: base64url({ ...SHORT, later: true }), code: SHORT },
  { name: "nothing", text: "", code: null },
  { name: "only the prefix", text: "oc-pair://", code: null },
  { name: "another prefix", text: `https://${CODE}`, code: null },
  { name: "standard base64 with its other letters", text: `${CODE}+/`, code: null },
  { name: "cut short", text: CODE.slice(0, -4), code: null },
  { name: "no JSON", text: Buffer.from("hello").toString("base64url"), code: null },
  { name: "JSON, but no object", text: base64url(["wss://gateway.example.org", "t"]), code: null },
  { name: "without a url", text: base64url({ bootstrapToken: "t" }), code: null },
  { name: "without a token", text: base64url({ url: SHORT.url }), code: null },
  { name: "an empty token", text: base64url({ ...SHORT, bootstrapToken: "" }), code: null },
];

export const SETUP_CODE_VECTORS = { about: "Texts that a person pastes or scans, and the setup code in them, or null for what is none.", cases: CASES };
