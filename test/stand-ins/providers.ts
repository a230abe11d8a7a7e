import { DiscordProvider } from "./discord-provider.js";
import { IMessageProvider } from "./imessage-provider.js";
import type { Provider } from "./provider.js";
import { SignalProvider } from "./signal-provider.js";
import { SlackProvider } from "./slack-provider.js";
import { TelegramProvider } from "./telegram-provider.js";
import { WhatsappProvider } from "./whatsapp-provider.js";

export { startOpenAiServer, type ModelServer } from "./openai-server.js";
export { personName, placeName, type Place, type Provider, type ShownAnswer } from "./provider.js";

/** Every platform that messages can be sent through from end to end. A new one is one line here. */
export const PROVIDERS: readonly (() => Promise<Provider>)[] = [
  () => TelegramProvider.start(),
  () => SlackProvider.start(),
  () => DiscordProvider.start(),
  () => WhatsappProvider.start(),
  () => SignalProvider.start(),
  () => IMessageProvider.start(),
];

/** Puts everything in place that their accounts have, and tells which environment the gateway needs. */
export const prepareAll = async (providers: readonly Provider[], stateDir: string): Promise<Readonly<Record<string, string>>> =>
  Object.assign({}, ...(await Promise.all(providers.map((provider) => provider.prepare?.(stateDir) ?? {})))) as Record<string, string>;

export const startProviders = (): Promise<readonly Provider[]> => Promise.all(PROVIDERS.map((start) => start()));
