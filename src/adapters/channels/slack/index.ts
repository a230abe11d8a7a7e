import type { Channel } from "../../../ports/channel.js";
import { SlackChannel } from "./channel.js";
import type { SlackConfig } from "./config.js";

export { parseSlackConfig, SlackConfigSchema, type SlackConfig, type SlackConfigOutcome } from "./config.js";

/** One workspace, by its app's bot. The SDK is loaded when it is started. */
export const slack = (config: SlackConfig): Channel => new SlackChannel(config);
