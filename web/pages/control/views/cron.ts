import { html, nothing, type TemplateResult } from "lit";
import emptyIcon from "icon:schedule-outline-rounded";
import type { CallParams } from "../../../../src/client/browser/index.js";
import type { ResultOf } from "../../../../src/domain/protocol/catalog.js";
import type { CronJob } from "../../../../src/domain/protocol/methods/cron.js";
import { define } from "../../shared/element.js";
import { moment, span, when } from "../../shared/format.js";
import "../../shared/styles/schema-form.css";
import { cron as texts } from "../../shared/texts/control/cron.js";
import { control } from "../../shared/texts/index.js";
import { confirmed } from "../parts/ask.js";
import { nextRuns, scheduleText } from "../parts/job.js";
import { empty, facts, press, state, tag, viewHead } from "../parts/pieces.js";
import { say } from "../parts/toast.js";
import { ViewElement } from "../parts/view-element.js";
import { linkTo } from "../route.js";
import "./cron-form.js";
import type { ViewModule } from "./view-module.js";

const NEW = "new";
const LOG_PAGE = 25;

/** Jobs that run by the clock: `#/cron`, `#/cron/new`, `#/cron/<id>` and `#/cron/<id>?edit=1`. */
export class CronView extends ViewElement {
  protected override readonly listens = ["cron", "config.changed"];
  #status: ResultOf<"cron.status"> | undefined;
  #jobs: readonly CronJob[] = [];
  #runs: ResultOf<"cron.runs">["entries"] = [];
  #hasMore = false;
  #limit = LOG_PAGE;

  get #isOffered(): boolean {
    return this.offers("cron.list", "cron.status", "cron.runs");
  }

  get #chosen(): CronJob | undefined {
    return this.#jobs.find(({ id }) => id === this.route.rest);
  }

  protected override async read(): Promise<void> {
    if (!this.#isOffered) return;
    const [status, { jobs }] = await Promise.all([this.connection.call("cron.status", {}), this.connection.call("cron.list", { includeDisabled: true })]);
    this.#status = status;
    this.#jobs = [...jobs].sort((a, b) => (a.state.nextRunAtMs ?? Infinity) - (b.state.nextRunAtMs ?? Infinity) || a.name.localeCompare(b.name));
    const chosen = this.#chosen;
    if (chosen === undefined) return;
    const { entries, hasMore = entries.length >= this.#limit } = await this.connection.call("cron.runs", { id: chosen.id, limit: this.#limit });
    this.#runs = [...entries].sort((a, b) => b.ts - a.ts);
    this.#hasMore = hasMore;
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (!changed.has("route") || changed.get("route") === undefined) return;
    this.#runs = [];
    this.#limit = LOG_PAGE;
    void this.refresh();
  }

  protected override head(): TemplateResult {
    const { rest } = this.route;
    if (rest === "") return viewHead({ title: control.names.cron, lead: texts.lead, actions: this.#isOffered ? html`<a class="wa-button wa-size-s wa-brand" href=${linkTo("cron", NEW)}>${texts.add}</a>` : nothing });
    if (rest === NEW) return viewHead({ title: texts.form.newTitle, back: linkTo("cron") });
    const job = this.#chosen;
    if (job === undefined) return viewHead({ title: control.names.cron, back: linkTo("cron") });
    return this.#isEdited ? viewHead({ title: texts.form.editTitle(job.name), back: linkTo("cron", job.id) }) : viewHead({ title: job.name, lead: stateOf(job), back: linkTo("cron"), actions: this.#actions(job) });
  }

  get #isEdited(): boolean {
    return this.route.params.has("edit");
  }

  protected override draw(): TemplateResult {
    if (!this.#isOffered) return empty(emptyIcon, texts.unavailable);
    const { rest } = this.route;
    if (rest === NEW) return this.#form(undefined);
    if (rest === "") return this.#list();
    const job = this.#chosen;
    if (job === undefined) return html`<p class="notice">${texts.gone}</p>`;
    return this.#isEdited ? this.#form(job) : this.#detail(job);
  }

  #list(): TemplateResult {
    return html`${this.#status?.enabled === false ? html`<p class="notice warning">${texts.off}</p>` : nothing}
      ${this.#jobs.length === 0 ? empty(emptyIcon, texts.empty) : html`<ul class="things">${this.#jobs.map((job) => html`<li class="card thing">
        <div class="thing-head"><h3><a href=${linkTo("cron", job.id)}>${job.name}</a></h3><span class="end">${stateOf(job)}</span></div>
        ${facts([[texts.facts.when, scheduleText(job.schedule)], [texts.next, job.state.nextRunAtMs === undefined ? texts.none : when(job.state.nextRunAtMs)], [texts.last, job.state.lastRunAtMs === undefined ? texts.never : when(job.state.lastRunAtMs)]])}
        <div class="actions">${this.#actions(job)}</div></li>`)}</ul>`}`;
  }

  #actions(job: CronJob): TemplateResult {
    const { id, name, enabled } = job;
    return html`${press(texts.run, () => this.#run(job), { kind: "brand", label: texts.runOf(name), busy: this.busy.has(`run ${id}`) })}
      <a class="wa-button wa-size-s wa-outlined" href=${linkTo("cron", id, { edit: "1" })} aria-label=${texts.editOf(name)}>${texts.edit}</a>
      ${press(enabled ? texts.disable : texts.enable, () => this.#switch(job), { label: enabled ? texts.disableOf(name) : texts.enableOf(name) })}
      ${press(texts.remove, () => this.#remove(job), { kind: "danger", label: texts.removeOf(name) })}`;
  }

  #detail(job: CronJob): TemplateResult {
    const { schedule, payload, sessionTarget, agentId, wakeMode, delivery, description } = job;
    const runs = nextRuns(job);
    const { facts: names, form } = texts;
    return html`<section class="card" aria-labelledby="about-title"><h2 id="about-title">${texts.about}</h2>
        ${description === undefined || description === "" ? nothing : html`<p>${description}</p>`}
        <blockquote>${payload.kind === "agentTurn" ? payload.message : payload.text}</blockquote>
        ${facts([
          [names.what, texts.kinds[payload.kind] ?? payload.kind],
          [names.when, scheduleText(schedule)],
          [texts.nextRuns, runs.length === 0 ? texts.none : html`<ul class="plain">${runs.map((at) => html`<li>${moment(at)}</li>`)}</ul>`],
          [names.session, sessionTarget],
          [names.agent, agentId],
          [names.model, payload.kind === "agentTurn" ? payload.model : undefined],
          [names.wake, form.wakes.find(([mode]) => mode === wakeMode)?.[1]],
          [names.report, delivery === undefined ? undefined : [delivery.mode, delivery.channel, delivery.to].filter((part) => part !== undefined).join(" ")],
        ])}</section>
      ${this.#log()}`;
  }

  #log(): TemplateResult {
    const { log } = texts;
    return html`<section aria-labelledby="log-title"><h2 id="log-title">${log.title}</h2>
      ${this.#runs.length === 0 ? html`<p class="quiet">${log.none}</p>` : html`<ul class="card rows">${this.#runs.map((run) => html`<li>${state(run.status === "ok" ? "good" : run.status === "error" ? "bad" : "idle", run.status ?? run.action ?? "")}
          <div class="grow">${run.error === undefined ? nothing : html`<div>${run.error}</div>`}${run.summary === undefined ? nothing : html`<div class="preview">${run.summary}</div>`}
            <div class="meta"><span>${moment(run.runAtMs ?? run.ts)}</span>${run.durationMs === undefined ? nothing : html`<span>${log.took(span(run.durationMs))}</span>`}
              ${(run.missed ?? 0) > 0 ? html`<span>${log.missed(run.missed ?? 0)}</span>` : nothing}</div></div>
          <div class="tags">${run.late === true ? tag(log.late, "warn") : nothing}${run.trigger === "manual" ? tag(log.manual) : nothing}${run.interrupted === true ? tag(log.interrupted, "bad") : nothing}</div></li>`)}</ul>`}
      ${this.#hasMore ? html`<div>${press(log.more, () => this.#more())}</div>` : nothing}</section>`;
  }

  #more(): void {
    this.#limit += LOG_PAGE;
    void this.refresh();
  }

  #form(job: CronJob | undefined): TemplateResult {
    const back = job === undefined ? linkTo("cron") : linkTo("cron", job.id);
    return html`<cron-form .job=${job} @cancel=${() => (location.hash = back)} @submit-job=${(event: CustomEvent) => this.#save(job, event.detail)}></cron-form>`;
  }

  async #save(job: CronJob | undefined, params: CallParams<"cron.add">): Promise<void> {
    let id = job?.id ?? "";
    const work = async (): Promise<void> => {
      if (job === undefined) ({ id } = await this.connection.call("cron.add", params));
      else await this.connection.call("cron.update", { id, patch: params });
    };
    if (await this.act("save", work, job === undefined ? texts.form.created : texts.form.saved)) location.hash = linkTo("cron", id);
  }

  async #run({ id }: CronJob): Promise<void> {
    await this.act(`run ${id}`, async () => {
      const { ran, reason = "" } = await this.connection.call("cron.run", { id, mode: "force" });
      say(ran ? texts.ran : texts.notRan(reason), ran ? "done" : "problem");
    });
  }

  async #switch({ id, enabled }: CronJob): Promise<void> {
    await this.act(`switch ${id}`, () => this.connection.call("cron.update", { id, patch: { enabled: !enabled } }), enabled ? texts.disabled : texts.enabled);
  }

  async #remove({ id, name }: CronJob): Promise<void> {
    const { title, text, action } = texts.confirmRemove;
    if (!(await confirmed({ title: title(name), text, action, danger: true }))) return;
    if (await this.act(`remove ${id}`, () => this.connection.call("cron.remove", { id }), texts.removed)) location.hash = linkTo("cron");
  }
}

function stateOf({ enabled, state: { runningAtMs, lastStatus } }: CronJob): TemplateResult {
  const { is } = texts;
  if (runningAtMs !== undefined) return state("good", is.running);
  if (!enabled) return state("idle", is.off);
  if (lastStatus === "error") return state("bad", is.error);
  return state("good", lastStatus === "ok" ? is.ok : lastStatus === "skipped" ? is.skipped : is.on);
}

define("cron-view", CronView);

export const render: ViewModule["render"] = ({ connection, route }) => html`<cron-view .connection=${connection} .route=${route}></cron-view>`;
