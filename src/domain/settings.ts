import type { HookSettings } from "./hooks/hook.js";
import type { Binding } from "./messaging/binding.js";
import type { AccountPolicy } from "./messaging/policy.js";
import type { CommandPolicy } from "./nodes/command-policy.js";
import type { DmScope } from "./messaging/routing.js";
import type { HeartbeatSettings } from "./schedule/heartbeat-settings.js";

/** How strangers prove that they belong to the owner. */
export type AuthSettings =
  | { readonly mode: "none" }
  | { readonly mode: "token"; readonly token: string }
  | { readonly mode: "password"; readonly password: string };

export interface AgentSettings {
  readonly id: string;
  readonly name?: string;
  readonly isDefault: boolean;
  /** `provider/model`. */
  readonly model?: string;
  readonly systemPrompt?: string;
  /** Where any agent has one, only those that do are woken by the clock. */
  readonly heartbeat?: HeartbeatSettings;
  /** The folder of its files; without one, a folder of the state folder. */
  readonly workspace?: string;
  readonly identity?: { readonly name?: string; readonly theme?: string; readonly emoji?: string; readonly avatar?: string };
}

export interface ToolPolicy {
  /** Tool names that an agent may call; `*` for all. */
  readonly allow: readonly string[];
  /** Wins over `allow`. */
  readonly deny: readonly string[];
}

/** What its owner decided about one account of a channel. */
export interface AccountSettings {
  readonly channel: string;
  readonly accountId: string;
  readonly name?: string;
  readonly policy: AccountPolicy;
}

/** The folder that an agent draws in, and who may look at it. */
export interface CanvasSettings {
  readonly enabled: boolean;
  /** Without it `canvas` in the state folder, or no canvas where there is no such folder. */
  readonly root?: string;
  /** Open pages load anew when something in the folder changes. */
  readonly liveReload: boolean;
  /** Whoever is on this host may look without a capability. */
  readonly trustLoopback: boolean;
}

/** The web pages: Control and WebChat. */
export interface ControlUiSettings {
  readonly enabled: boolean;
  /** `""` for the root, otherwise `/some/path` without a slash at its end. */
  readonly basePath: string;
}

export interface NodeSettings {
  /** Which commands nodes may offer, beside their platform's list. */
  readonly commands: CommandPolicy;
  /** Of one command's result, as JSON. */
  readonly maxResultBytes: number;
}

/** What the gateway's core needs of the configuration, in its own words. Durations in milliseconds. */
export interface Settings {
  readonly auth: AuthSettings;
  readonly agents: readonly AgentSettings[];
  readonly session: {
    readonly mainKey: string;
    readonly scope: "per-sender" | "global";
    readonly dmScope: DmScope;
    /** Ids of one person on several channels, each as `<channel>:<id>`, by a name for him. */
    readonly identityLinks: ReadonlyMap<string, readonly string[]>;
  };
  /** Accounts that are not listed have the default policy. */
  readonly channels: readonly AccountSettings[];
  /** Which agent answers where. */
  readonly bindings: readonly Binding[];
  readonly pairing: { readonly autoApproveLocal: boolean };
  /** Addresses and CIDR ranges of proxies whose word on a client's address is believed. */
  readonly trustedProxies: readonly string[];
  /** Whether the tailnet's word on who somebody is stands in for the gateway's secret. */
  readonly allowTailscale: boolean;
  /** Of the default agent, unless agents have their own. */
  readonly heartbeat: HeartbeatSettings;
  readonly cron: {
    /** Jobs run by the clock. */
    readonly enabled: boolean;
    /** How many turns of jobs may be under way at once. */
    readonly maxConcurrentRuns: number;
  };
  readonly tools: ToolPolicy;
  /** Off, where there are none. */
  readonly hooks?: HookSettings;
  /** Which other APIs the gateway speaks over HTTP. */
  readonly http: { readonly chatCompletions: boolean };
  readonly canvas: CanvasSettings;
  readonly controlUi: ControlUiSettings;
  readonly run: { readonly timeoutMs: number };
  readonly nodes: NodeSettings;
}
