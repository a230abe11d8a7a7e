import { html, type TemplateResult } from "lit";
import emptyIcon from "icon:verified-user-outline-rounded";
import { define } from "../../shared/element.js";
import { ago, when } from "../../shared/format.js";
import { approvals as texts } from "../../shared/texts/control/approvals.js";
import { control } from "../../shared/texts/index.js";
import type { Waiting } from "../inbox.js";
import { confirmed } from "../parts/ask.js";
import { InboxView } from "../parts/inbox-view.js";
import { empty, facts, press, viewHead } from "../parts/pieces.js";
import type { ViewModule } from "./view-module.js";

type Approval = Waiting["approvals"][number];
type Decision = keyof typeof texts.decided;

/** Programs that wait for a person's word. */
export class ApprovalsView extends InboxView {
  protected override head(): TemplateResult {
    return viewHead({ title: control.names.approvals, lead: texts.lead });
  }

  protected override draw(): TemplateResult {
    return this.lacking("operator.approvals") ?? this.#list();
  }

  #list(): TemplateResult {
    const { approvals } = this.waiting;
    return html`<div class="stack" aria-live="polite">${approvals.length === 0 ? empty(emptyIcon, texts.empty) : html`<ul class="things">${approvals.map((one) => this.#approval(one))}</ul>`}</div>`;
  }

  #approval({ id, request, createdAtMs, expiresAtMs }: Approval): TemplateResult {
    const command = request.commandArgv?.map(quoted).join(" ") ?? request.command;
    return html`<li class="card thing">
      <div class="thing-head"><h3 class="mono">${command}</h3><span class="end quiet small">${when(createdAtMs)}</span></div>
      ${facts([
        [texts.facts.node, request.nodeId ?? request.host ?? texts.host],
        [texts.facts.program, request.resolvedPath ?? undefined],
        [texts.facts.folder, request.cwd ?? undefined],
        [texts.facts.agent, request.agentId ?? undefined],
        [texts.facts.session, request.sessionKey ?? undefined],
        [texts.facts.variables, request.envKeys?.join(", ")],
      ])}
      <div class="actions">
        ${press(texts.once, () => this.#decide(id, "allow-once"), { kind: "brand", label: texts.onceOf(command), busy: this.busy.has(id) })}
        ${press(texts.always, () => this.#always(id), { label: texts.alwaysOf(command) })}
        ${press(texts.deny, () => this.#decide(id, "deny"), { kind: "danger", label: texts.denyOf(command) })}
      </div>
      <p class="small quiet">${texts.until(ago(expiresAtMs))}</p>
    </li>`;
  }

  async #always(id: string): Promise<void> {
    if (await confirmed({ ...texts.confirm, danger: true })) await this.#decide(id, "allow-always");
  }

  #decide(id: string, decision: Decision): Promise<boolean> {
    return this.act(id, () => this.connection.call("exec.approval.resolve", { id, decision }), texts.decided[decision]);
  }
}

/** A word of a command as a shell would need it, so that two words never look like one. */
const quoted = (word: string): string => (/^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

define("approvals-view", ApprovalsView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<approvals-view .connection=${connection} .route=${route}></approvals-view>`;
