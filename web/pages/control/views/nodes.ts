import { html, nothing, type TemplateResult } from "lit";
import emptyIcon from "icon:hub-outline-rounded";
import type { NodeRow } from "../../../../src/domain/protocol/methods/nodes.js";
import { define } from "../../shared/element.js";
import { count, when, words } from "../../shared/format.js";
import { nodes as texts } from "../../shared/texts/control/nodes.js";
import { control } from "../../shared/texts/index.js";
import { asked, confirmed } from "../parts/ask.js";
import { grantList, grantsOfCommands } from "../parts/grants.js";
import { empty, facts, press, state, tag, viewHead } from "../parts/pieces.js";
import { ViewElement } from "../parts/view-element.js";
import { linkTo } from "../route.js";
import "./node-canvas.js";
import "./node-invoke.js";
import type { ViewModule } from "./view-module.js";

/** The nodes, and each of them on a page of its own: `#/nodes/<id>`. */
export class NodesView extends ViewElement {
  protected override readonly listens = ["node.pair.requested", "node.pair.resolved", "presence"];
  #nodes: readonly NodeRow[] = [];

  protected override async read(): Promise<void> {
    const { nodes } = await this.connection.call("node.list", {});
    this.#nodes = [...nodes].sort((a, b) => Number(b.connected) - Number(a.connected) || nameOf(a).localeCompare(nameOf(b)));
  }

  get #chosen(): NodeRow | undefined {
    return this.#nodes.find(({ nodeId }) => nodeId === this.route.rest);
  }

  protected override head(): TemplateResult {
    if (this.route.rest === "") return viewHead({ title: control.names.nodes, lead: texts.lead });
    const node = this.#chosen;
    const actions = node === undefined ? nothing : html`${press(texts.rename, () => this.#rename(node))}${press(texts.remove, () => this.#remove(node), { kind: "danger" })}`;
    return viewHead({ title: node === undefined ? control.names.nodes : nameOf(node), lead: node === undefined ? nothing : stateOf(node), back: linkTo("nodes"), actions });
  }

  protected override draw(): TemplateResult {
    if (this.route.rest === "") return this.#nodes.length === 0 ? empty(emptyIcon, texts.empty) : html`<ul class="things">${this.#nodes.map(row)}</ul>`;
    const node = this.#chosen;
    return node === undefined ? html`<p class="notice">${texts.gone}</p>` : this.#detail(node);
  }

  #detail(node: NodeRow): TemplateResult {
    const { connection } = this;
    return html`${pending(node)}
      <section class="card" aria-labelledby="about-title"><h2 id="about-title">${texts.about}</h2>
        ${aboutOf(node)}
        ${node.commands.length === 0 ? nothing : html`<div><p class="small quiet">${texts.facts.caps}</p>${grantList(grantsOfCommands(node.commands))}</div>`}
      </section>
      ${node.hostStats === undefined ? nothing : html`<section class="card" aria-labelledby="stats-title"><h2 id="stats-title">${texts.stats}</h2>
        ${facts(Object.entries(node.hostStats).map(([name, value]) => [words(name), count(value)] as const))}</section>`}
      ${node.commands.includes("canvas.snapshot") ? html`<node-canvas .connection=${connection} .node=${node}></node-canvas>` : nothing}
      <node-invoke .connection=${connection} .node=${node}></node-invoke>`;
  }

  async #rename({ nodeId, ...node }: NodeRow): Promise<void> {
    const answer = await asked({ title: texts.rename, action: control.save }, [{ name: "name", label: texts.newName, value: node.displayName ?? "", required: true, maxLength: 64 }]);
    const displayName = answer?.["name"]?.trim() ?? "";
    if (displayName !== "") await this.act("rename", () => this.connection.call("node.rename", { nodeId, displayName }), texts.renamed);
  }

  async #remove(node: NodeRow): Promise<void> {
    const { title, text, action } = texts.confirmRemove;
    const name = nameOf(node);
    if (!(await confirmed({ title: title(name), text, action, danger: true }))) return;
    if (await this.act("remove", () => this.connection.call("node.pair.remove", { nodeId: node.nodeId }), texts.removed(name))) location.hash = linkTo("nodes");
  }
}

const nameOf = ({ displayName, nodeId }: NodeRow): string => displayName ?? nodeId;

const stateOf = ({ connected, connectedAtMs, lastSeenAtMs }: NodeRow): TemplateResult => connected
  ? html`${state("good", texts.connected)}${connectedAtMs === undefined ? nothing : html` <span class="quiet small">${when(connectedAtMs)}</span>`}`
  : html`${state("idle", texts.away)}${lastSeenAtMs === undefined ? nothing : html` <span class="quiet small">${texts.seen} ${when(lastSeenAtMs)}</span>`}`;

const pending = ({ pendingRequestId, commands }: NodeRow): TemplateResult | typeof nothing =>
  pendingRequestId === undefined ? nothing : html`<p class="notice warning">${commands.length > 0 ? texts.waitsMore : texts.waits}. <a href=${linkTo("pairing")}>${texts.toInbox}</a></p>`;

const row = (node: NodeRow): TemplateResult => html`<li class="card thing">
  <div class="thing-head"><h3><a href=${linkTo("nodes", node.nodeId)}>${nameOf(node)}</a></h3>${node.deviceFamily === undefined ? nothing : tag(node.deviceFamily)}<span class="end">${stateOf(node)}</span></div>
  <div class="meta">${[node.platform, node.version].filter((part) => part !== undefined).map((part) => html`<span>${part}</span>`)}<span>${texts.commands(node.commands.length)}</span></div>
  ${pending(node)}
</li>`;

function aboutOf(node: NodeRow): TemplateResult {
  const names = texts.facts;
  const permissions = Object.entries(node.permissions ?? {});
  return facts([
    [names.platform, node.platform],
    [names.model, [node.deviceFamily, node.modelIdentifier].filter((part) => part !== undefined).join(", ")],
    [names.version, node.version],
    [names.core, node.coreVersion],
    [names.ui, node.uiVersion],
    [names.ip, node.remoteIp],
    [names.approved, node.approvedAtMs === undefined ? undefined : when(node.approvedAtMs)],
    [names.permissions, permissions.length === 0 ? undefined : html`${permissions.map(([name, isAllowed]) => html`<div>${name}: ${isAllowed ? names.allowed : names.missing}</div>`)}`],
    [names.path, node.pathEnv],
    [names.id, html`<code>${node.nodeId}</code>`],
  ]);
}

define("nodes-view", NodesView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<nodes-view .connection=${connection} .route=${route}></nodes-view>`;
