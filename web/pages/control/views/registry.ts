import type { SVGTemplateResult } from "lit";
import approvalsIcon from "icon:verified-user-outline-rounded";
import channelsIcon from "icon:forum-outline-rounded";
import configIcon from "icon:tune-rounded";
import consoleIcon from "icon:terminal-rounded";
import cronIcon from "icon:schedule-outline-rounded";
import devicesIcon from "icon:devices-outline-rounded";
import logsIcon from "icon:article-outline-rounded";
import nodesIcon from "icon:hub-outline-rounded";
import overviewIcon from "icon:dashboard-outline-rounded";
import pairingIcon from "icon:person-add-outline-rounded";
import sessionsIcon from "icon:chat-outline-rounded";
import { control } from "../../shared/texts/index.js";
import type { ViewModule } from "./view-module.js";

/** One entry of Control's list. */
export interface View {
  readonly name: string;
  readonly title: string;
  readonly icon: SVGTemplateResult;
  /** Loads what draws the view; a module of its own, so that others need not be loaded with it. */
  readonly load: () => Promise<ViewModule>;
}

const { names } = control;

/** In the order of the list. */
export const VIEWS: readonly View[] = [
  { name: "overview", title: names.overview, icon: overviewIcon, load: () => import("./overview.js") },
  { name: "pairing", title: names.pairing, icon: pairingIcon, load: () => import("./pairing.js") },
  { name: "approvals", title: names.approvals, icon: approvalsIcon, load: () => import("./approvals.js") },
  { name: "devices", title: names.devices, icon: devicesIcon, load: () => import("./devices.js") },
  { name: "channels", title: names.channels, icon: channelsIcon, load: () => import("./channels.js") },
  { name: "nodes", title: names.nodes, icon: nodesIcon, load: () => import("./nodes.js") },
  { name: "cron", title: names.cron, icon: cronIcon, load: () => import("./cron.js") },
  { name: "sessions", title: names.sessions, icon: sessionsIcon, load: () => import("./sessions.js") },
  { name: "logs", title: names.logs, icon: logsIcon, load: () => import("./logs.js") },
  { name: "config", title: names.config, icon: configIcon, load: () => import("./config.js") },
  { name: "console", title: names.console, icon: consoleIcon, load: () => import("./console.js") },
];
