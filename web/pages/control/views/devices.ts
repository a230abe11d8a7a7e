import { html, nothing, type TemplateResult } from "lit";
import emptyIcon from "icon:devices-outline-rounded";
import type { ResultOf } from "../../../../src/domain/protocol/catalog.js";
import type { PairedDeviceRow } from "../../../../src/domain/protocol/methods/devices.js";
import "../../shared/copy-button.js";
import { define } from "../../shared/element.js";
import { brief, moment, when } from "../../shared/format.js";
import { loadIdentity } from "../../shared/identity.js";
import { devices as texts } from "../../shared/texts/control/devices.js";
import { control } from "../../shared/texts/index.js";
import { asked, confirmed } from "../parts/ask.js";
import { grantList, grantsOf } from "../parts/grants.js";
import { empty, facts, press, state, tag, viewHead } from "../parts/pieces.js";
import { ViewElement } from "../parts/view-element.js";
import type { ViewModule } from "./view-module.js";

type Token = NonNullable<PairedDeviceRow["tokens"]>[number];
type Invitation = ResultOf<"device.pair.setupCode">;

/** Devices that were let in, and their tokens. */
export class DevicesView extends ViewElement {
  static override properties = { ...ViewElement.properties, invitation: { state: true } };
  declare invitation: Invitation | undefined;
  protected override readonly listens = ["device.pair.resolved", "device.pair.setup.completed", "presence"];
  #devices: readonly PairedDeviceRow[] = [];
  #own: string | undefined;

  protected override async read(): Promise<void> {
    this.#own ??= (await loadIdentity()).deviceId;
    const { paired } = await this.connection.call("device.pair.list", {});
    // Those who are there first, then the newest.
    this.#devices = [...paired].sort((a, b) => Number(b.connected === true) - Number(a.connected === true) || b.approvedAtMs - a.approvedAtMs);
  }

  protected override head(): TemplateResult {
    const invite = this.offers("device.pair.setupCode") ? press(texts.invite.open, () => this.#invite(), { kind: "brand" }) : nothing;
    return viewHead({ title: control.names.devices, lead: texts.lead, actions: invite });
  }

  protected override draw(): TemplateResult {
    return html`${this.invitation === undefined ? nothing : this.#invitation(this.invitation)}
      ${this.#devices.length === 0 ? empty(emptyIcon, texts.empty) : html`<ul class="things">${this.#devices.map((one) => this.#device(one))}</ul>`}`;
  }

  #device(device: PairedDeviceRow): TemplateResult {
    const { deviceId, platform, deviceFamily, clientId, clientMode, remoteIp, approvedAtMs, approvedVia, connected, tokens = [], scopes = [], roles = [] } = device;
    const name = nameOf(device);
    return html`<li class="card thing">
      <div class="thing-head"><h3>${name}</h3>${deviceId === this.#own ? tag(texts.you, "good") : nothing}${roles.map((role) => tag(role))}
        <span class="end">${connected === true ? state("good", texts.connected) : state("idle", texts.away)}</span></div>
      ${facts([
        [texts.facts.platform, [deviceFamily, platform].filter((part) => part !== undefined).join(", ")],
        [texts.facts.client, [clientId, clientMode].filter((part) => part !== undefined).join(", ")],
        [texts.facts.ip, remoteIp],
        [texts.facts.id, html`<code title=${deviceId}>${brief(deviceId)}</code>`],
        [texts.approved, html`${when(approvedAtMs)}${approvedVia === undefined ? nothing : html` <span class="quiet">${texts.via[approvedVia] ?? approvedVia}</span>`}`],
      ])}
      <details><summary>${texts.facts.may}</summary>${grantList(roles.flatMap((role) => grantsOf({ role, scopes })))}</details>
      <div class="stack"><h4 class="visually-hidden">${texts.tokens}</h4>
        ${tokens.length === 0 ? html`<p class="small quiet">${texts.noTokens}</p>` : html`<ul class="rows inner">${tokens.map((token) => this.#token(device, token))}</ul>`}</div>
      <div class="actions">
        ${press(texts.rename, () => this.#rename(device), { label: texts.renameOf(name) })}
        ${press(texts.remove, () => this.#remove(device), { kind: "danger", label: texts.removeOf(name) })}
      </div>
    </li>`;
  }

  #token(device: PairedDeviceRow, { role, createdAtMs, rotatedAtMs, lastUsedAtMs, revokedAtMs }: Token): TemplateResult {
    const name = nameOf(device);
    const { token } = texts;
    return html`<li><div class="grow"><span class="name">${role}</span>
        <div class="meta"><span>${rotatedAtMs === undefined ? html`${token.made} ${when(createdAtMs)}` : html`${token.rotated} ${when(rotatedAtMs)}`}</span>
          <span>${lastUsedAtMs === undefined ? token.never : html`${token.used} ${when(lastUsedAtMs)}`}</span></div></div>
      ${revokedAtMs === undefined
        ? html`<div class="actions">${press(texts.rotate, () => this.#rotate(device, role), { label: texts.rotateOf(role, name) })}${press(texts.revoke, () => this.#revoke(device, role), { kind: "danger", label: texts.revokeOf(role, name) })}</div>`
        : tag(token.revoked, "bad")}
    </li>`;
  }

  /** A question about a device; more of a warning where it is this very browser. */
  #confirmed(device: PairedDeviceRow, { title, text, action }: { title: (name: string) => string; text: string; action: string }): Promise<boolean> {
    return confirmed({ title: title(nameOf(device)), text: device.deviceId === this.#own ? `${texts.yourself} ${text}` : text, action, danger: true });
  }

  async #rename(device: PairedDeviceRow): Promise<void> {
    const answer = await asked({ title: texts.renameOf(nameOf(device)), action: control.save }, [{ name: "label", label: texts.newName, value: nameOf(device), required: true, maxLength: 64 }]);
    const label = answer?.["label"]?.trim() ?? "";
    if (label !== "") await this.act(`rename ${device.deviceId}`, () => this.connection.call("device.pair.rename", { deviceId: device.deviceId, label }), texts.renamed);
  }

  async #rotate(device: PairedDeviceRow, role: string): Promise<void> {
    const { deviceId } = device;
    if (await this.#confirmed(device, texts.confirmRotate)) await this.act(`rotate ${deviceId}`, () => this.connection.call("device.token.rotate", { deviceId, role }), texts.rotated);
  }

  async #revoke(device: PairedDeviceRow, role: string): Promise<void> {
    const { deviceId } = device;
    if (await this.#confirmed(device, texts.confirmRevoke)) await this.act(`revoke ${deviceId}`, () => this.connection.call("device.token.revoke", { deviceId, role }), texts.revoked);
  }

  async #remove(device: PairedDeviceRow): Promise<void> {
    const { deviceId } = device;
    if (await this.#confirmed(device, texts.confirmRemove)) await this.act(`remove ${deviceId}`, () => this.connection.call("device.pair.remove", { deviceId }), texts.removed(nameOf(device)));
  }

  async #invite(): Promise<void> {
    const { title, text, make, profile, profiles } = texts.invite;
    const answer = await asked({ title, text, action: make }, [{ name: "profile", label: profile, options: profiles }]);
    if (answer === undefined) return;
    const bootstrapProfile = answer["profile"] as "limited";
    await this.act("invite", async () => {
      this.invitation = await this.connection.call("device.pair.setupCode", { includeQr: true, bootstrapProfile });
    });
  }

  #invitation({ setupCode, qrDataUrl, gatewayUrl, expiresAtMs }: Invitation): TemplateResult {
    const { invite } = texts;
    return html`<section class="card invitation" aria-labelledby="invite-title" role="status"><h2 id="invite-title">${invite.title}</h2>
      ${qrDataUrl === undefined ? nothing : html`<img class="qr" src=${qrDataUrl} alt=${invite.qr} />`}
      <div class="command"><code tabindex="0">${setupCode}</code><copy-button .text=${setupCode}></copy-button></div>
      <p class="small quiet">${invite.url(gatewayUrl)} ${expiresAtMs === undefined ? nothing : invite.expires(moment(expiresAtMs))}</p>
      <div class="actions">${press(invite.close, () => (this.invitation = undefined))}</div></section>`;
  }
}

const nameOf = ({ label, displayName }: PairedDeviceRow): string => label ?? displayName ?? texts.unnamed;

define("devices-view", DevicesView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<devices-view .connection=${connection} .route=${route}></devices-view>`;
