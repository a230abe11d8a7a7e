import { DiscordProvider } from "./discord-provider.js";
import { IMessageProvider } from "./imessage-provider.js";
import type { Provider } from "./provider.js";
import { SignalProvider } from "./signal-provider.js";
import { SlackProvider } from "./slack-provider.js";
import { TelegramProvider } from "./telegram-provider.js";

export { startOpenAiServer, type ModelServer } from "./openai-server.js";
export { personName, placeName, type Place, type Provider, type ShownAnswer } from "./provider.js";

/** Every platform that messages can be sent through from end to end. A new one is one line here. */
export const PROVIDERS: readonly (() => Promise<Provider>)[] = [
  () => TelegramProvider.start(),
  () => SlackProvider.start(),
  () => DiscordProvider.start(),
  () => SignalProvider.start(),
  () => IMessageProvider.start(),
];

export const startProviders = (): Promise<readonly Provider[]> => Promise.all(PROVIDERS.map((start) => start()));
