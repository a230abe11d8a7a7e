import type { MethodNotes } from "./shape.js";

const RESTARTS = "The gateway restarts by itself where the change needs it.";
const STALE = { code: "INVALID_REQUEST", when: "`baseHash` is missing or stale: somebody else changed the configuration; read it again" } as const;
const BROKEN = { code: "INVALID_REQUEST", when: "the result would not be a valid configuration; nothing is written" } as const;

const NO_CHANNEL = { code: "INVALID_REQUEST", when: "there is no such channel or account" } as const;
const NO_LETTER = { code: "INVALID_REQUEST", when: "there is none of that id" } as const;

export const setupNotes: MethodNotes<
  | "config.get" | "config.set" | "config.patch" | "config.apply" | "config.schema"
  | "channels.status" | "channels.logout" | "channels.pairing.list" | "channels.pairing.approve" | "channels.pairing.dismiss" | "channels.pairing.revoke"
  | "channels.start" | "channels.stop" | "channels.deadLetters.list" | "channels.deadLetters.retry" | "channels.deadLetters.discard" | "message.action"
  | "web.login.start" | "web.login.wait" | "voicewake.get" | "voicewake.set" | "talk.mode"
> = {
  "config.get": { summary: "The configuration with its secrets redacted, what is wrong with it, and the hash that a change has to name." },
  "config.set": { summary: "Replaces the configuration file.", errors: [STALE, BROKEN] },
  "config.patch": { summary: `Merges a partial configuration into the file. ${RESTARTS}`, errors: [STALE, BROKEN] },
  "config.apply": { summary: `Replaces the configuration file and puts it into force. ${RESTARTS}`, errors: [STALE, BROKEN] },
  "config.schema": { summary: "The schema of the configuration, with hints for forms." },
  "channels.status": { summary: "Every channel and its accounts: configured, linked, running, connected." },
  "channels.logout": { summary: "Forgets the login of an account.", errors: [{ code: "INVALID_REQUEST", when: "there is no such channel, or it has nothing to log out of" }] },
  "channels.pairing.list": { summary: "People who wrote to a channel and wait to be let in; with `approved`, those who were let in as well." },
  "channels.pairing.approve": { summary: "Lets a waiting person in, by request id or by the code they were shown.", errors: [{ code: "INVALID_REQUEST", when: "no such request waits" }] },
  "channels.pairing.dismiss": { summary: "Drops a waiting request without answering it.", errors: [{ code: "INVALID_REQUEST", when: "no such request waits" }] },
  "channels.pairing.revoke": {
    summary: "Takes an approval back, by any id of the sender: from now on he is a stranger, and is given a code when he writes again. Who stands in `allowFrom` stays there.",
    errors: [{ code: "INVALID_REQUEST", when: "nobody with this id was approved" }],
  },
  "channels.start": { summary: "Connects an account that was stopped, or that waits for its operator.", errors: [NO_CHANNEL] },
  "channels.stop": { summary: "Disconnects an account until it is started again or the gateway restarts.", errors: [NO_CHANNEL] },
  "channels.deadLetters.list": { summary: "What could not be dealt with: messages that did not (or may not have) arrived, and messages that were never answered." },
  "channels.deadLetters.retry": { summary: "Tries one of them again. Whether a message of state `unknown` is in its chat already is for a person to look up first.", errors: [NO_LETTER] },
  "channels.deadLetters.discard": { summary: "Forgets one of them.", errors: [NO_LETTER] },
  "message.action": {
    summary: "Edits, deletes or reacts to a message: `action` is `edit`, `delete` or `react`.",
    errors: [NO_CHANNEL, { code: "INVALID_REQUEST", when: "the channel can't do that, or `params` lack what it needs" }],
  },
  "web.login.start": { summary: "Begins a login by QR code and returns the code to scan.", errors: [{ code: "UNAVAILABLE", when: "the channel can't be reached" }] },
  "web.login.wait": { summary: "Waits until the code was scanned, or returns a fresh one where it ran out." },
  "voicewake.get": { summary: "The words that wake the assistant on every device." },
  "voicewake.set": { summary: "Replaces the wake words and tells all devices." },
  "talk.mode": { summary: "Switches talk mode, the hands-free conversation, for all devices." },
};
