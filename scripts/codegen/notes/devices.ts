import { PHONE } from "../examples/world.js";
import type { ErrorNote, MethodNotes } from "./shape.js";

const NO_REQUEST: ErrorNote = { code: "INVALID_REQUEST", when: "no such request waits: it was answered, replaced or is more than five minutes old", provoke: { requestId: "none" } };
const noDevice = (provoke: unknown): ErrorNote => ({ code: "INVALID_REQUEST", when: "there is no such device, or it has no token of that role", provoke });
const NOT_YOURS: ErrorNote = { code: "FORBIDDEN", when: "it is another device's and the caller is no admin (protocol 3: INVALID_REQUEST)" };

export const deviceNotes: MethodNotes<
  | "device.pair.list" | "device.pair.approve" | "device.pair.reject" | "device.pair.remove" | "device.pair.rename"
  | "device.pair.setupCode" | "device.token.rotate" | "device.token.revoke"
> = {
  "device.pair.list": { summary: "Devices that are paired, and those that ask to be. Tokens are never shown." },
  "device.pair.approve": {
    summary: "Lets a device in with the role and scopes it asked for.",
    more: "Nobody approves more than they hold themselves: a caller without `operator.admin` can approve only operators whose scopes it covers.",
    errors: [NO_REQUEST, NOT_YOURS, { code: "FORBIDDEN", when: "the request asks for more than the caller holds; `details.missingScopes` names what is missing (protocol 3: INVALID_REQUEST)" }],
  },
  "device.pair.reject": { summary: "Turns a waiting device away. It may ask again.", errors: [NO_REQUEST, NOT_YOURS] },
  "device.pair.remove": { summary: "Forgets a paired device. Its connections are closed with 4001.", errors: [noDevice({ deviceId: "none" }), NOT_YOURS] },
  "device.pair.rename": { summary: "Gives a device a label of the owner's choosing.", errors: [noDevice({ deviceId: "none", label: "x" }), NOT_YOURS] },
  "device.pair.setupCode": {
    summary: "Makes a code that pairs one new device without further approval, once and within ten minutes.",
    more: "What is in it: see [Setup codes](#setup-codes). The device gets what `bootstrapProfile` opens, at most: `limited` (without it) a node and an operator without admin, `full` with admin, `node` a node alone.",
    errors: [
      { code: "INVALID_REQUEST", when: "`publicUrl` is no `ws://` or `wss://` address, or has a user, a query or a fragment", provoke: { publicUrl: "https://gateway.example.org" } },
      { code: "INVALID_REQUEST", when: "no `publicUrl` is given and the gateway does not know an address of its own" },
    ],
  },
  "device.token.rotate": {
    summary: "Replaces a device's token. Its connections of that role are closed with 4001.",
    more: "The new token is returned only to the device itself and to callers of protocol 3; any other device learns its own when it connects next. A rotation never widens: `scopes` can only narrow.",
    errors: [
      noDevice({ deviceId: PHONE.deviceId, role: "node" }),
      NOT_YOURS,
      { code: "FORBIDDEN", when: "`scopes` go beyond what was approved (protocol 3: INVALID_REQUEST)", provoke: { deviceId: PHONE.deviceId, role: "operator", scopes: ["operator.admin"] } },
    ],
  },
  "device.token.revoke": {
    summary: "Makes a device's token worthless. Its connections of that role are closed with 4001.",
    errors: [noDevice({ deviceId: PHONE.deviceId, role: "node" }), NOT_YOURS],
  },
};
