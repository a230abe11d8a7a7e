import type { Event } from "../../../src/domain/protocol/catalog.js";

/** One or two sentences per event: what happened. An event without a note does not compile. */
export const EVENT_NOTES: { readonly [E in Event]: string } = {
  "connect.challenge": "The first message on every connection. A device signs its `nonce`; protocol 4 signs its `ts` as well, so that a client's clock does not matter.",
  tick: "A sign of life, every `policy.tickIntervalMs`. A client that misses two of them reconnects.",
  health: "The health summary, every minute and after changes. Listeners without `operator.read` get it with the sessions left out.",
  heartbeat: "What came of a turn that the assistant took by itself.",
  shutdown: "The gateway is about to close every connection with 1012. Without a restart, `restartExpectedMs` is left out (protocol 3: null).",
  presence: "Somebody came, went or changed: the whole list anew.",
  agent: "One step of a run: lifecycle, text, tools. `seq` counts within the run and is not the frame's `seq`. Tool steps go to connections of protocol 4 that have the capability `tool-events`, and to those of protocol 3 where the session is verbose.",
  chat: "A run as a chat shows it: deltas at most every 150 ms, then one of `final`, `aborted` and `error`.",
  cron: "A job was changed, began or ended.",
  "voicewake.changed": "The wake words changed.",
  "talk.mode": "Talk mode was switched.",
  "config.changed": "The configuration changed. Its content is never sent.",
  "device.pair.requested": "A device asks to be paired.",
  "device.pair.resolved": "A request to be paired was approved or rejected, or gave way to a newer one.",
  "device.pair.setup.completed": "A device came in with a setup code. Whoever made the code sees whose it was.",
  "channel.pair.requested": "Somebody whom nobody knows wrote to a channel and was given a code; `openclaw pairing approve` lets him in.",
  "channel.pair.resolved": "A sender who waited was let in, or his request was dropped.",
  "node.pair.requested": "A node offers more than was approved of it.",
  "node.pair.resolved": "What a node offers was approved or rejected, or what had been approved was taken back. A request also ends as rejected when its node asks for something else.",
  "exec.approval.requested": "A command waits for a person's decision.",
  "exec.approval.resolved": "A waiting command was decided.",
  "node.invoke.request": "To the node alone: run this command. Answer with `node.invoke.result` under the same id.",
  "node.invoke.cancel": "To the node alone: nobody waits for this command any more.",
  "node.invoke.progress": "To the connection alone that invoked the command: part of its output, while it is still running.",
};
