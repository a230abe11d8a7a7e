/** The messaging surfaces that OpenClaw knows; which of them a gateway has is a matter of its configuration. */
export const CHANNEL_IDS = ["whatsapp", "telegram", "slack", "discord", "signal", "imessage", "webchat"] as const;

export const isKnownChannel = (id: string): boolean => (CHANNEL_IDS as readonly string[]).includes(id);

/** What a `send` without a channel means; older clients rely on it. */
export const DEFAULT_CHANNEL = "whatsapp";
