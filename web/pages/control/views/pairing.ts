import { html, nothing, type TemplateResult } from "lit";
import emptyIcon from "icon:inbox-outline-rounded";
import { define } from "../../shared/element.js";
import { brief, when } from "../../shared/format.js";
import { pairing as texts } from "../../shared/texts/control/pairing.js";
import { grants } from "../../shared/texts/control/grants.js";
import { control } from "../../shared/texts/index.js";
import type { Waiting } from "../inbox.js";
import { confirmed } from "../parts/ask.js";
import { grantList, grantsOf, grantsOfCommands } from "../parts/grants.js";
import { InboxView } from "../parts/inbox-view.js";
import { empty, facts, press, tag, viewHead } from "../parts/pieces.js";
import type { ViewModule } from "./view-module.js";

type Device = Waiting["devices"][number];
type Node = Waiting["nodes"][number];
type Sender = Waiting["senders"][number];
type Approved = Waiting["approved"][number];

/** What every request shows, whoever asks. */
interface Card {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly asked: TemplateResult;
  readonly facts: TemplateResult;
  readonly gains: string;
  readonly grants: readonly string[];
  readonly note?: string | undefined;
  readonly approve: () => Promise<unknown>;
  readonly reject: () => Promise<unknown>;
  /** What makes it worth a second word. */
  readonly warning?: string | undefined;
}

/** Who asks to be let in: devices, nodes and people who wrote. */
export class PairingView extends InboxView {
  protected override head(): TemplateResult {
    return viewHead({ title: control.names.pairing, lead: texts.lead });
  }

  protected override draw(): TemplateResult {
    return this.lacking("operator.pairing") ?? this.#inbox();
  }

  #inbox(): TemplateResult {
    const { devices, nodes, senders, approved } = this.waiting;
    const groups = [
      { title: texts.devices, cards: devices.map((one) => this.#device(one)) },
      { title: texts.nodes, cards: nodes.map((one) => this.#node(one)) },
      { title: texts.senders, cards: senders.map((one) => this.#sender(one)) },
    ].filter(({ cards }) => cards.length > 0);
    return html`<div class="stack requests" aria-live="polite">${groups.length === 0
      ? empty(emptyIcon, texts.empty)
      : groups.map(({ title, cards }) => html`<section aria-label=${title}><h2>${title}</h2><ul class="things">${cards.map((card) => this.#card(card))}</ul></section>`)}</div>
      ${this.#approved(approved)}`;
  }

  #card(card: Card): TemplateResult {
    return html`<li class="card thing">
      <div class="thing-head"><h3>${card.name}</h3>${card.tags.map((text) => tag(text))}<span class="end quiet small">${card.asked}</span></div>
      ${card.facts}
      <div><p class="small quiet">${card.gains}</p>${grantList(card.grants)}</div>
      ${card.note === undefined ? nothing : html`<p class="small quiet">${card.note}</p>`}
      <div class="actions">
        ${press(texts.approve, () => this.#approve(card), { kind: "brand", label: texts.approveOf(card.name), busy: this.busy.has(card.id) })}
        ${press(texts.reject, () => this.#reject(card), { label: texts.rejectOf(card.name) })}
      </div>
    </li>`;
  }

  async #approve({ id, name, approve, warning }: Card): Promise<void> {
    const { title, action } = texts.confirmApprove;
    if (warning !== undefined && !(await confirmed({ title: title(name), text: warning, action, danger: true }))) return;
    await this.act(id, approve, texts.approved_(name));
  }

  async #reject({ id, name, reject }: Card): Promise<void> {
    const { title, text, action } = texts.confirmReject;
    if (await confirmed({ title: title(name), text, action, danger: true })) await this.act(id, reject, texts.rejected(name));
  }

  #device(device: Device): Card {
    const { requestId, displayName, platform, deviceFamily, clientId, clientMode, role = "operator", scopes = [], remoteIp, deviceId, isRepair, ts } = device;
    return {
      id: requestId,
      name: displayName ?? texts.unnamed,
      tags: [role],
      asked: when(ts),
      facts: facts([
        [texts.facts.platform, [deviceFamily, platform].filter((part) => part !== undefined).join(", ")],
        [texts.facts.client, [clientId, clientMode].filter((part) => part !== undefined).join(", ")],
        [texts.facts.ip, remoteIp],
        [texts.facts.id, html`<code title=${deviceId}>${brief(deviceId)}</code>`],
      ]),
      gains: texts.gains,
      grants: grantsOf({ role, scopes }),
      note: isRepair === true ? texts.again : undefined,
      warning: role === "operator" && scopes.includes("operator.admin") ? texts.confirmApprove.admin : undefined,
      approve: () => this.connection.call("device.pair.approve", { requestId }),
      reject: () => this.connection.call("device.pair.reject", { requestId }),
    };
  }

  #node(node: Node): Card {
    const { requestId, nodeId, displayName, platform, deviceFamily, version, remoteIp, commands = [], permissions = {}, isRepair, ts } = node;
    const allowed = Object.keys(permissions).filter((name) => permissions[name]);
    const missing = Object.keys(permissions).filter((name) => permissions[name] === false);
    return {
      id: requestId,
      name: displayName ?? nodeId,
      tags: ["node"],
      asked: when(ts),
      facts: facts([
        [texts.facts.platform, [deviceFamily, platform, version].filter((part) => part !== undefined).join(", ")],
        [texts.facts.ip, remoteIp],
        [texts.facts.commands, html`${commands.map((command, index) => html`${index === 0 ? "" : ", "}<code>${command}</code>`)}`],
        [texts.facts.permissions, [allowed.length > 0 ? texts.allowed(allowed.join(", ")) : "", missing.length > 0 ? texts.missing(missing.join(", ")) : ""].filter((part) => part !== "").join("; ")],
      ]),
      gains: texts.gains,
      grants: grantsOfCommands(commands),
      note: isRepair === true ? texts.again : undefined,
      warning: commands.some(isMighty) ? texts.confirmApprove.programs : undefined,
      approve: () => this.connection.call("node.pair.approve", { requestId }),
      reject: () => this.connection.call("node.pair.reject", { requestId }),
    };
  }

  #sender(sender: Sender): Card {
    const { requestId, channel, accountId, id, code, createdAt } = sender;
    const name = nameOf(sender);
    const named = { channel, requestId, ...(accountId === undefined ? {} : { accountId }) };
    return {
      id: requestId,
      name,
      tags: [channel],
      asked: momentOf(createdAt),
      facts: facts([[texts.facts.code, code === undefined ? undefined : html`<code>${code}</code>`], [texts.facts.account, accountId], [texts.facts.person, name === id ? undefined : html`<code>${id}</code>`]]),
      gains: texts.gainsPerson,
      grants: [grants.sender(channel)],
      note: code === undefined ? undefined : texts.code,
      approve: () => this.connection.call("channels.pairing.approve", { ...named, notify: true }),
      reject: () => this.connection.call("channels.pairing.dismiss", named),
    };
  }

  #approved(approved: readonly Approved[]): TemplateResult | typeof nothing {
    if (!this.offers("channels.pairing.list")) return nothing;
    const { approved: words } = texts;
    return html`<section aria-labelledby="approved-title"><h2 id="approved-title">${words.title}</h2>
      ${approved.length === 0 ? html`<p class="quiet">${words.none}</p>` : html`<ul class="card rows">${approved.map((one) => html`<li>
        <div class="grow"><span class="name">${nameOf(one)}</span><div class="meta"><span>${one.channel}, ${one.accountId}</span><span>${words.since} ${momentOf(one.approvedAt)}</span></div></div>
        ${press(words.revoke, () => this.#revoke(one), { kind: "danger", label: words.revokeOf(nameOf(one)) })}</li>`)}</ul>`}
    </section>`;
  }

  async #revoke(one: Approved): Promise<void> {
    const { title, text, action } = texts.confirmRevoke;
    const name = nameOf(one);
    const { channel, accountId, id } = one;
    if (!(await confirmed({ title: title(name), text, action, danger: true }))) return;
    await this.act(`revoke ${id}`, () => this.connection.call("channels.pairing.revoke", { channel, accountId, id }), texts.revoked(name));
  }
}

function nameOf({ id, meta }: { readonly id: string; readonly meta?: Readonly<Record<string, unknown>> | undefined }): string {
  const name = meta?.["name"] ?? meta?.["displayName"] ?? meta?.["username"];
  return typeof name === "string" && name !== "" ? name : id;
}

/** It gives whoever asks for it a shell on that computer, or its person's browser. */
const isMighty = (command: string): boolean => /^(system\.run|system\.execApprovals\.|browser\.)/.test(command);

const momentOf = (text: string): TemplateResult => (Number.isNaN(Date.parse(text)) ? html`${text}` : when(Date.parse(text)));

define("pairing-view", PairingView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<pairing-view .connection=${connection} .route=${route}></pairing-view>`;
