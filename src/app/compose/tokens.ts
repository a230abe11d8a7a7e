import type { InjectionToken } from "tsyringe";
import type { Certificates } from "../../ports/certificates.js";
import type { Channel } from "../../ports/channel.js";
import type { Clock } from "../../ports/clock.js";
import type { ConfigSource } from "../../ports/config-source.js";
import type { DeviceStore } from "../../ports/device-store.js";
import type { FrameValidator } from "../../ports/frame-validator.js";
import type { Ids } from "../../ports/ids.js";
import type { Log } from "../../ports/log.js";
import type { LogTail } from "../../ports/log-tail.js";
import type { PeerLocality } from "../../ports/peer-locality.js";
import type { SessionStore } from "../../ports/session-store.js";
import type { Signatures } from "../../ports/signatures.js";
import type { ChosenAgent } from "./chosen-agent.js";
import type { ChannelShift } from "./channels.js";
import type { Gateway } from "./create-gateway.js";
import type { TailnetDoor } from "./tailnet-door.js";

export type Token<T> = InjectionToken<T>;

const token = <T>(name: string): Token<T> => Symbol.for(`gateway/${name}`);

/** One token for each part of the daemon; a token remembers what it yields. */
export const TOKENS = {
  agent: token<ChosenAgent>("agent"),
  channelShift: token<ChannelShift>("channel-shift"),
  channels: token<readonly Channel[]>("channels"),
  clock: token<Clock>("clock"),
  config: token<ConfigSource>("config"),
  devices: token<DeviceStore>("devices"),
  gateway: token<Gateway>("gateway"),
  ids: token<Ids>("ids"),
  locality: token<PeerLocality>("locality"),
  log: token<Log>("log"),
  logTail: token<LogTail>("log-tail"),
  sessions: token<SessionStore>("sessions"),
  signatures: token<Signatures>("signatures"),
  tailnetDoor: token<TailnetDoor>("tailnet-door"),
  /** Without certificates, the gateway speaks in the clear. */
  tls: token<{ readonly certificates: Certificates | undefined }>("tls"),
  validator: token<FrameValidator>("validator"),
} as const;
