import { html, nothing, type TemplateResult } from "lit";
import type { ResultOf } from "../../../../src/domain/protocol/catalog.js";
import type { PresenceEntry } from "../../../../src/domain/protocol/snapshot.js";
import { define } from "../../shared/element.js";
import { count, span, when } from "../../shared/format.js";
import { overview as texts } from "../../shared/texts/control/overview.js";
import { control } from "../../shared/texts/index.js";
import { inboxOf } from "../inbox.js";
import { accountFacts, accountState, standingOf } from "../parts/account.js";
import { facts, state, tag, viewHead, type Mood } from "../parts/pieces.js";
import { ViewElement } from "../parts/view-element.js";
import { linkTo } from "../route.js";
import { uptimeOf } from "../vitals.js";
import type { ViewModule } from "./view-module.js";

/** After this long the gateway knows how it keeps up. */
const MEASURED_MS = 600;

/** Is it working, who is connected, what waits for me. */
export class OverviewView extends ViewElement {
  protected override readonly listens = ["presence", "health", "channel.pair.resolved", "config.changed"];
  #health: ResultOf<"health"> | undefined;
  #channels: ResultOf<"channels.status"> | undefined;
  #presence: readonly PresenceEntry[] = [];
  #answerMs = 0;
  /** This browser's clock when the channels were asked. */
  #readAt = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(inboxOf(this.connection).waiting);
    const timer = setInterval(() => void this.refresh(), 15_000);
    this.whileShown(() => clearInterval(timer), () => clearTimeout(this.#soon));
  }

  protected override async read(): Promise<void> {
    const { connection } = this;
    const begun = performance.now();
    this.#health = await connection.call("health", {});
    this.#answerMs = performance.now() - begun;
    [this.#channels, this.#presence] = await Promise.all([connection.call("channels.status", {}), connection.call("system-presence", {})]);
    this.#readAt = Date.now();
    // It measures from the first question on, if it does at all.
    if (this.#channels.eventLoop === undefined) this.#soon ??= setTimeout(() => void this.refresh(), MEASURED_MS);
  }

  protected override head(): TemplateResult {
    const server = this.connection.hello?.server;
    return viewHead({ title: control.names.overview, lead: server === undefined ? nothing : texts.lead(server.host ?? "this host") });
  }

  protected override draw(): TemplateResult {
    return html`${this.#verdict()}${this.#figures()}${this.#accounts()}${this.#connected()}${this.#agents()}${this.#about()}`;
  }

  #verdict(): TemplateResult {
    const accounts = this.#channels?.channelOrder.flatMap((id) => this.#channels?.channelAccounts[id] ?? []) ?? [];
    const standings = accounts.map(standingOf);
    const troubled = standings.filter(({ mood, deadLetters }) => mood === "bad" || deadLetters > 0).length;
    const { counts } = inboxOf(this.connection);
    const waiting = Object.entries(counts).filter(([, size]) => size > 0);
    if (troubled === 0 && waiting.length === 0) return html`<p class="card verdict">${state("good", texts.well)}</p>`;
    return html`<ul class="card rows verdicts">
      ${waiting.map(([view, size]) => verdict(view as "pairing", "warn", texts.waits(size)))}
      ${troubled === 0 ? nothing : verdict("channels", "bad", texts.trouble(troubled))}
    </ul>`;
  }

  #figures(): TemplateResult {
    const { figures } = texts;
    const hello = this.connection.hello;
    const uptime = uptimeOf(this.connection);
    const devices = new Set(this.#presence.map(({ deviceId }) => deviceId).filter((id) => id !== undefined)).size;
    return html`<dl class="figures">
      ${figure(figures.uptime, uptime === undefined ? "–" : span(uptime))}
      ${figure(figures.version, hello?.server.version ?? "–", figures.protocol(hello?.protocol ?? 4))}
      ${figure(figures.connections, count(this.#connections().length), figures.devices(devices))}
      ${figure(figures.sessions, count(this.#health?.sessions.count ?? 0))}
      ${figure(figures.answer, this.#answerMs < 1 ? "1 ms" : span(this.#answerMs), figures.answerHint)}
      ${this.#loop()}
    </dl>`;
  }

  /** How late the gateway gets round to things: 99 times in 100 not later than this. */
  #loop(): TemplateResult {
    const { figures } = texts;
    const loop = this.#channels?.eventLoop;
    if (loop === undefined) return figure(figures.loop, "–");
    return figure(figures.loop, span(loop.delayP99Ms), loop.degraded ? tag(figures.overloaded, "bad") : figures.loopHint(span(loop.delayMaxMs)));
  }

  #accounts(): TemplateResult {
    const status = this.#channels;
    const rows = status?.channelOrder.flatMap((id) => (status.channelAccounts[id] ?? []).map((account) => ({ id, label: status.channelLabels[id] ?? id, account }))) ?? [];
    return html`<section aria-labelledby="channels-title"><h2 id="channels-title">${texts.channels.title}</h2>
      ${rows.length === 0
        ? html`<p class="quiet">${texts.channels.none} <a href=${linkTo("config", "channels")}>${texts.channels.configure}</a></p>`
        : html`<ul class="things">${rows.map(({ id, label, account }) => html`<li class="card thing">
            <div class="thing-head"><h3><a href=${linkTo("channels", `${id}/${account.accountId}`)}>${label}</a></h3><span class="quiet">${account.name ?? account.accountId}</span><span class="end">${accountState(account)}</span></div>
            ${standingOf(account).message === undefined ? nothing : html`<p>${standingOf(account).message}</p>`}
            ${accountFacts(account, this.#readAt)}
          </li>`)}</ul>`}
    </section>`;
  }

  /** The gateway's own entry is none of somebody who is connected. */
  #connections(): readonly PresenceEntry[] {
    return this.#presence.filter(({ mode, reason }) => mode !== "gateway" && reason !== "disconnect");
  }

  #connected(): TemplateResult {
    const entries = this.#connections();
    return html`<section aria-labelledby="connected-title"><h2 id="connected-title">${texts.connected.title}</h2>
      ${entries.length === 0 ? html`<p class="quiet">${texts.connected.none}</p>` : html`<ul class="card rows">${entries.map((entry) => html`<li>
        <div class="grow"><div class="name">${entry.host ?? entry.text ?? entry.deviceId ?? "–"}</div>
          <div class="meta">${[entry.platform, entry.version, entry.ip].filter((part) => part !== undefined && part !== "").map((part) => html`<span>${part}</span>`)}</div></div>
        <div class="tags">${[...(entry.roles ?? []), entry.mode].filter((part) => part !== undefined).map((part) => tag(part))}</div>
        <span class="quiet small">${when(entry.ts)}</span>
      </li>`)}</ul>`}
    </section>`;
  }

  #agents(): TemplateResult {
    const agents = this.#health?.agents ?? [];
    if (agents.length === 0) return html``;
    return html`<section aria-labelledby="agents-title"><h2 id="agents-title">${texts.agents.title}</h2>
      <ul class="card rows">${agents.map(({ agentId, name, isDefault, heartbeat, sessions }) => html`<li>
        <div class="grow"><span class="name">${name ?? agentId}</span> ${isDefault ? tag(texts.agents.standard) : nothing}</div>
        <span class="quiet small">${heartbeat.enabled ? texts.agents.heartbeat(heartbeat.every) : texts.agents.noHeartbeat}</span>
        <a href=${linkTo("sessions", "", { agent: agentId })}>${texts.agents.sessions(sessions.count)}</a>
      </li>`)}</ul></section>`;
  }

  #about(): TemplateResult {
    const { configPath, stateDir, authMode } = this.connection.hello?.snapshot ?? {};
    if (configPath === undefined && stateDir === undefined && authMode === undefined) return html``;
    const { about } = texts;
    return html`<section aria-labelledby="about-title"><h2 id="about-title">${about.title}</h2>
      <div class="card">${facts([[about.config, configPath], [about.state, stateDir], [about.auth, authMode === "none" ? about.auth_none : authMode]])}</div></section>`;
  }
}

const verdict = (view: keyof typeof control.names, mood: Mood, text: string): TemplateResult =>
  html`<li>${state(mood, text)}<a class="end" href=${linkTo(view)}>${texts.lookAt(control.names[view])}</a></li>`;

const figure = (name: string, value: string, more?: string | TemplateResult): TemplateResult =>
  html`<div class="card figure"><dt>${name}</dt><dd>${value}</dd>${more === undefined ? nothing : html`<dd>${more}</dd>`}</div>`;

define("overview-view", OverviewView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<overview-view .connection=${connection} .route=${route}></overview-view>`;
