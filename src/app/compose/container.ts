// First of all: tsyringe throws while it is loaded where nothing has polyfilled Reflect.
import "reflect-metadata";
import { container, instanceCachingFactory, type DependencyContainer } from "tsyringe";
import { NodeSignatures } from "../../adapters/crypto/node/index.js";
import { FileDeviceStore } from "../../adapters/storage/file/file-device-store.js";
import { FileSessionStore } from "../../adapters/storage/file/file-session-store.js";
import { AddressLocality, RandomIds, SystemClock } from "../../adapters/system/index.js";
import { AjvFrameValidator } from "../../adapters/validation/ajv/index.js";
import { chooseAgent } from "./agent.js";
import { chooseCertificates } from "./certificates.js";
import { fileShelf } from "./channel-shelf.js";
import { ChannelShift } from "./channels.js";
import { createGateway } from "./create-gateway.js";
import type { DaemonParts } from "./daemon-parts.js";
import { lateTailnet, TailnetDoor } from "./tailnet-door.js";
import { TOKENS, type Token } from "./tokens.js";

export interface Composition {
  /** The same object for the same token each time. */
  get<T>(token: Token<T>): T;
}

/**
 * Puts a daemon together from what was read and opened before, with the runtime and the channels that its configuration
 * names. Two compositions share nothing but those parts.
 */
export async function compose(parts: DaemonParts): Promise<Composition> {
  const clock = new SystemClock();
  const shift = new ChannelShift(fileShelf(parts.stateDir, clock));
  const [agent, { channels }] = await Promise.all([
    chooseAgent(parts.config, clock),
    shift.next(parts.config.accounts(), parts.config.env()),
  ]);
  const own = container.createChildContainer();
  const register = <T>(token: Token<T>, make: (from: DependencyContainer) => T): void => {
    // A bare factory would run each time.
    own.register(token, { useFactory: instanceCachingFactory(make) });
  };
  register(TOKENS.config, () => parts.config);
  register(TOKENS.log, () => parts.log);
  register(TOKENS.logTail, () => parts.logTail);
  register(TOKENS.clock, () => clock);
  register(TOKENS.ids, () => new RandomIds());
  register(TOKENS.locality, () => new AddressLocality());
  register(TOKENS.signatures, () => new NodeSignatures());
  register(TOKENS.validator, () => new AjvFrameValidator());
  register(TOKENS.devices, () => new FileDeviceStore({ dir: parts.stateDir }));
  register(TOKENS.sessions, () => new FileSessionStore({ dir: parts.stateDir, clock }));
  register(TOKENS.agent, () => agent);
  register(TOKENS.tls, () => ({ certificates: chooseCertificates(parts, clock) }));
  const tailnet = lateTailnet(parts, clock);
  register(TOKENS.tailnetDoor, () => new TailnetDoor({ tailnet, clock, log: parts.log }));
  register(TOKENS.channelShift, () => shift);
  register(TOKENS.channels, () => channels);
  register(TOKENS.gateway, (from) => createGateway({
    // The vault and the lock come with the folder: both must be opened before anything else may touch it.
    stateDir: parts.stateDir,
    allowReadableSecrets: parts.allowReadableSecrets,
    config: from.resolve(TOKENS.config),
    log: from.resolve(TOKENS.log),
    logTail: from.resolve(TOKENS.logTail),
    clock: from.resolve(TOKENS.clock),
    ids: from.resolve(TOKENS.ids),
    locality: from.resolve(TOKENS.locality),
    signatures: from.resolve(TOKENS.signatures),
    validator: from.resolve(TOKENS.validator),
    devices: from.resolve(TOKENS.devices),
    sessions: from.resolve(TOKENS.sessions),
    agent: from.resolve(TOKENS.agent),
    channels: from.resolve(TOKENS.channels),
    tailnet,
    alsoReachedAt: () => from.resolve(TOKENS.tailnetDoor).urls(),
    ...(parts.metrics === undefined ? {} : { metrics: parts.metrics }),
  }));
  return { get: (token) => own.resolve(token) };
}
