import { html, nothing, type TemplateResult } from "lit";
import emptyIcon from "icon:forum-outline-rounded";
import type { ResultOf } from "../../../../src/domain/protocol/catalog.js";
import type { AccountSnapshot, DeadLetter } from "../../../../src/domain/protocol/methods/channels.js";
import { define } from "../../shared/element.js";
import { when } from "../../shared/format.js";
import { isRecord } from "../../shared/schema/kind.js";
import { channels as texts } from "../../shared/texts/control/channels.js";
import { control } from "../../shared/texts/index.js";
import { accountFacts, accountState, standingOf } from "../parts/account.js";
import { asked, confirmed } from "../parts/ask.js";
import { empty, press, tag, viewHead } from "../parts/pieces.js";
import { say } from "../parts/toast.js";
import { ViewElement } from "../parts/view-element.js";
import { linkTo } from "../route.js";
import "./channel-login.js";
import type { LoginName } from "./channel-login.js";
import type { ViewModule } from "./view-module.js";

/** The gateway's own: there is nothing to link, and nobody else to reach. */
const BUILT_IN = "webchat";

/** One account, and what its channel is called. */
interface Account {
  readonly channel: string;
  readonly label: string;
  readonly account: AccountSnapshot;
}

/** The channels' accounts, what can be done with them, and what they could not carry. */
export class ChannelsView extends ViewElement {
  static override properties = { ...ViewElement.properties, linking: { state: true } };
  /** What is being linked. */
  declare linking: LoginName | undefined;
  protected override readonly listens = ["health", "config.changed"];
  #status: ResultOf<"channels.status"> | undefined;
  #letters: readonly DeadLetter[] = [];
  #readAt = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    const timer = setInterval(() => void this.refresh(), 10_000);
    this.whileShown(() => clearInterval(timer));
  }

  protected override async read(): Promise<void> {
    const [status, { deadLetters }] = await Promise.all([this.connection.call("channels.status", {}), this.connection.call("channels.deadLetters.list", {})]);
    this.#status = status;
    this.#letters = deadLetters;
    this.#readAt = Date.now();
  }

  protected override head(): TemplateResult {
    const actions = press(texts.probe, () => this.#probe(), { busy: this.busy.has("probe") });
    return viewHead({ title: control.names.channels, lead: texts.lead, actions: this.#accounts.length > 0 ? actions : nothing });
  }

  get #accounts(): readonly Account[] {
    const status = this.#status;
    return status?.channelOrder.flatMap((channel) => (status.channelAccounts[channel] ?? []).map((account) => ({ channel, label: status.channelLabels[channel] ?? channel, account }))) ?? [];
  }

  protected override draw(): TemplateResult {
    const accounts = this.#accounts;
    if (accounts.length === 0) return html`${empty(emptyIcon, texts.empty, html`<a href=${linkTo("config", "channels")}>${texts.configure}</a>`)}${this.#letters.length === 0 ? nothing : this.#deadLetters()}`;
    const { linking } = this;
    return html`${linking === undefined ? nothing : html`<channel-login .connection=${this.connection} .named=${linking} @close=${() => this.#linked()}></channel-login>`}
      <ul class="things">${accounts.map((one) => this.#account(one))}</ul>${this.#deadLetters()}`;
  }

  #linked(): void {
    this.linking = undefined;
    void this.refresh();
  }

  #account(named: Account): TemplateResult {
    const { channel, label, account } = named;
    const more = account as unknown as Readonly<Record<string, unknown>>;
    const { mood, message, deadLetters } = standingOf(account);
    const isHere = this.route.rest === `${channel}/${account.accountId}`;
    const isIdle = account.running === false;
    // What is who its configuration says has nothing to link.
    const isLinkable = more["linkable"] !== false;
    const name = nameOf(named);
    return html`<li class="card thing ${isHere ? "here" : ""}">
      <div class="thing-head"><h3>${label}</h3><span class="quiet">${account.name ?? account.accountId}</span>${deadLetters > 0 ? tag(texts.letters.count(deadLetters), "bad") : nothing}<span class="end">${accountState(account)}</span></div>
      ${message === undefined ? nothing : html`<p class="notice ${mood === "bad" ? "warning" : ""}">${message}</p>`}
      ${accountFacts(account, this.#readAt, [
        [texts.policy, typeof more["dmPolicy"] === "string" ? (texts.policies[more["dmPolicy"]] ?? more["dmPolicy"]) : undefined],
        [texts.lastIn, typeof more["lastInboundAt"] === "number" ? when(more["lastInboundAt"]) : undefined],
        [texts.lastOut, typeof more["lastOutboundAt"] === "number" ? when(more["lastOutboundAt"]) : undefined],
      ])}
      ${channel === BUILT_IN ? nothing : html`<div class="actions">
        ${press(texts.test, () => this.#test(named), { kind: account.linked === true ? "brand" : "outlined", label: `${texts.test}: ${name}` })}
        ${!isLinkable ? nothing : press(account.linked === true ? texts.loginAgain : texts.login, () => this.#link(named), { kind: account.linked === true ? "outlined" : "brand", label: `${account.linked === true ? texts.loginAgain : texts.login}: ${name}` })}
        ${press(isIdle ? texts.start : texts.restart, () => this.#start(named), { label: `${isIdle ? texts.start : texts.restart}: ${name}`, busy: this.busy.has(`start ${name}`) })}
        ${isIdle ? nothing : press(texts.stop, () => this.#stop(named), { label: `${texts.stop}: ${name}` })}
        ${!isLinkable ? nothing : press(texts.logout, () => this.#logout(named), { kind: "danger", label: `${texts.logout}: ${name}` })}
      </div>`}
    </li>`;
  }

  async #probe(): Promise<void> {
    await this.act("probe", async () => {
      const status = await this.connection.call("channels.status", { probe: true });
      const probes = Object.values(status.channelAccounts).flat().map((account) => (account as unknown as Readonly<Record<string, unknown>>)["probe"]).filter(isRecord);
      const bad = probes.find((probe) => probe["ok"] === false);
      if (bad === undefined) say(probes.length === 0 ? texts.probed : texts.probeGood);
      else say(texts.probeBad(String(bad["reason"] ?? bad["kind"] ?? "")), "problem");
    });
  }

  async #test(named: Account): Promise<void> {
    const { title, to, toHint, message, standard, action } = texts.testForm;
    const answer = await asked({ title: title(nameOf(named)), action }, [
      { name: "to", label: to, hint: toHint, required: true },
      { name: "message", label: message, value: standard, required: true, multiline: true },
    ]);
    if (answer === undefined) return;
    await this.act("test", () => this.connection.call("send", { to: answer["to"] ?? "", message: answer["message"] ?? "", channel: named.channel, accountId: named.account.accountId }), texts.sent);
  }

  async #link(named: Account): Promise<void> {
    const { title, way, ways, phone, phoneHint, action } = texts.linkForm;
    const answer = await asked({ title, action }, [{ name: "way", label: way, options: ways }, { name: "phone", label: phone, hint: phoneHint }]);
    if (answer === undefined) return;
    const phoneNumber = answer["way"] === "phone" ? (answer["phone"]?.trim() ?? "") : "";
    this.linking = { ...namesOf(named), label: nameOf(named), force: named.account.linked === true, ...(phoneNumber === "" ? {} : { phoneNumber }) };
  }

  #start(named: Account): Promise<boolean> {
    return this.act(`start ${nameOf(named)}`, () => this.connection.call("channels.start", namesOf(named)), texts.started);
  }

  async #stop(named: Account): Promise<void> {
    const { title, text, action } = texts.confirmStop;
    if (await confirmed({ title: title(nameOf(named)), text, action, danger: true })) await this.act("stop", () => this.connection.call("channels.stop", namesOf(named)), texts.stopped);
  }

  async #logout(named: Account): Promise<void> {
    const { title, text, action } = texts.confirmLogout;
    if (!(await confirmed({ title: title(nameOf(named)), text, action, danger: true }))) return;
    await this.act("logout", async () => {
      const { cleared } = await this.connection.call("channels.logout", namesOf(named));
      say(cleared ? texts.loggedOut : texts.notLinked);
    });
  }

  #deadLetters(): TemplateResult {
    const { letters } = texts;
    return html`<section aria-labelledby="letters-title"><h2 id="letters-title">${letters.title}</h2>
      <p class="quiet">${this.#letters.length === 0 ? letters.none : letters.text}</p>
      ${this.#letters.length === 0 ? nothing : html`<ul class="card rows">${this.#letters.map((one) => this.#letter(one))}</ul>`}</section>`;
  }

  #letter(letter: DeadLetter): TemplateResult {
    const { id, direction, channel, accountId, chatId, state, reason, createdAt, partsSent, parts } = letter;
    const { letters } = texts;
    const where = `${channel} ${direction === "out" ? letters.to(chatId) : letters.from(chatId)}`;
    return html`<li><div class="grow"><div class="name">${letters.states[state] ?? state}</div>
        <div>${reason}</div>
        <div class="meta"><span>${where}</span><span>${accountId}</span><span>${when(createdAt)}</span>${parts > 1 ? html`<span>${letters.parts(partsSent, parts)}</span>` : nothing}</div></div>
      <div class="actions">${press(letters.retry, () => this.#retry(letter), { label: letters.retryOf(where), busy: this.busy.has(id) })}${press(letters.discard, () => this.#discard(id), { kind: "danger", label: letters.discardOf(where) })}</div></li>`;
  }

  async #retry({ id, state }: DeadLetter): Promise<void> {
    const { letters } = texts;
    if (state === "unknown" && !(await confirmed({ ...letters.confirmRetry, danger: true }))) return;
    await this.act(id, () => this.connection.call("channels.deadLetters.retry", { id }), letters.retried);
  }

  async #discard(id: string): Promise<void> {
    const { letters } = texts;
    if (await confirmed({ ...letters.confirm, danger: true })) await this.act(id, () => this.connection.call("channels.deadLetters.discard", { id }), letters.discarded);
  }
}

const nameOf = ({ label, account }: Account): string => (account.name === undefined && account.accountId === "default" ? label : `${label}, ${account.name ?? account.accountId}`);
const namesOf = ({ channel, account }: Account): { channel: string; accountId: string } => ({ channel, accountId: account.accountId });

define("channels-view", ChannelsView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<channels-view .connection=${connection} .route=${route}></channels-view>`;
