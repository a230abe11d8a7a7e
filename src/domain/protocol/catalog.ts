import type { Static } from "@sinclair/typebox";
import { agentMethods } from "./methods/agent.js";
import { channelMethods } from "./methods/channels.js";
import { chatMethods } from "./methods/chat.js";
import { configMethods } from "./methods/config.js";
import { cronMethods } from "./methods/cron.js";
import { deviceMethods } from "./methods/devices.js";
import { approvalMethods } from "./methods/approvals.js";
import { messagingMethods } from "./methods/messaging.js";
import { nodeMethods } from "./methods/nodes.js";
import { proxyMethods } from "./methods/proxy.js";
import { sessionMethods } from "./methods/sessions.js";
import { systemMethods } from "./methods/system.js";
import { voiceMethods } from "./methods/voice.js";
import { events } from "./events.js";
import type { EventSpec, MethodSpec } from "./define.js";

/** The one list of methods: types, validation, access, idempotency, documents and generated models come from it. */
export const METHODS = {
  ...systemMethods,
  ...configMethods,
  ...deviceMethods,
  ...sessionMethods,
  ...agentMethods,
  ...chatMethods,
  ...messagingMethods,
  ...channelMethods,
  ...nodeMethods,
  ...approvalMethods,
  ...cronMethods,
  ...voiceMethods,
  ...proxyMethods,
} as const;

/** The one list of events. */
export const EVENTS = events;

export type Method = keyof typeof METHODS;
export type LiveMethod = { [M in Method]: (typeof METHODS)[M]["state"] extends "live" ? M : never }[Method];
export type ParamsOf<M extends Method> = Static<(typeof METHODS)[M]["params"]>;
export type ResultOf<M extends Method> = Static<(typeof METHODS)[M]["result"]>;

export type Event = keyof typeof EVENTS;
export type PayloadOf<E extends Event> = Static<(typeof EVENTS)[E]["payload"]>;

// A plain lookup on METHODS would find `constructor` and its kin on Object.prototype.
const methods = new Map<string, MethodSpec>(Object.entries(METHODS));
const eventSpecs = new Map<string, EventSpec>(Object.entries(EVENTS));

export const findMethod = (name: string): MethodSpec | undefined => methods.get(name);
export const findEvent = (name: string): EventSpec | undefined => eventSpecs.get(name);
export const isLiveMethod = (name: string): name is LiveMethod => methods.get(name)?.state === "live";

export const LIVE_METHODS: readonly LiveMethod[] = [...methods.keys()].filter(isLiveMethod);
export const LIVE_EVENTS: readonly string[] = [...eventSpecs].filter(([, spec]) => spec.state === "live").map(([name]) => name);
