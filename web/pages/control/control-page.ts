import { html, nothing, type TemplateResult } from "lit";
import emptyIcon from "icon:widgets-outline-rounded";
import { define } from "../shared/element.js";
import { icon } from "../shared/icon.js";
import { ConnectedPage } from "../shared/page-base.js";
import { renderShell } from "../shared/shell.js";
import { control } from "../shared/texts/index.js";
import "./control.css";
import { linkTo, route } from "./route.js";
import { inboxOf } from "./inbox.js";
import "./parts/parts.css";
import "./parts/toast.js";
import { VIEWS } from "./views/registry.js";
import type { ViewModule } from "./views/view-module.js";
import { watchVitals } from "./vitals.js";

type Loaded = { readonly name: string; readonly module: ViewModule | "broken" };

/** Control: a list of views, and the one that the address names. */
export class ControlPage extends ConnectedPage {
  #loaded: Loaded | undefined;
  #loading: string | undefined;

  constructor() {
    super("ui");
    watchVitals(this.connection);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(route, inboxOf(this.connection).waiting);
  }

  protected override render(): TemplateResult {
    return renderShell({ page: "control", connection: this.connection, wasOpen: this.wasOpen, content: () => this.#content() });
  }

  /** On a phone the list is a line of its own, and the view's name may be out of sight in it. */
  protected override updated(): void {
    this.querySelector(".views [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #content(): TemplateResult {
    return html`<div class="control">
      <nav class="views" aria-label=${control.views}>${VIEWS.map((view) => this.#link(view))}</nav>
      <div class="view">${this.#view()}</div>
      <toast-line></toast-line>
    </div>`;
  }

  #link({ name, title, icon: drawing }: (typeof VIEWS)[number]): TemplateResult {
    const waiting = inboxOf(this.connection).counts[name] ?? 0;
    return html`<a href=${linkTo(name)} aria-current=${name === route.value.view ? "page" : nothing}>${icon(drawing)}<span>${title}</span>
      ${waiting === 0 ? nothing : html`<span class="count"><span aria-hidden="true">${waiting}</span><span class="visually-hidden">, ${control.waiting(waiting)}</span></span>`}</a>`;
  }

  #view(): TemplateResult {
    const { view: name } = route.value;
    const view = VIEWS.find((one) => one.name === name);
    if (view === undefined) return html`<div class="empty">${icon(emptyIcon)}<h2>${control.unknown.title}</h2><p>${control.unknown.text}</p></div>`;
    const loaded = this.#loaded?.name === name ? this.#loaded.module : undefined;
    if (loaded === "broken") return html`<p class="notice danger" role="alert">${control.broken}</p>`;
    if (loaded !== undefined) return loaded.render({ connection: this.connection, route: route.value });
    void this.#load(view);
    return html`<p class="waiting-line"><span class="spinner"></span>${control.loading}</p>`;
  }

  async #load({ name, load }: (typeof VIEWS)[number]): Promise<void> {
    if (this.#loading === name) return;
    this.#loading = name;
    const module = await load().catch(() => "broken" as const);
    this.#loading = undefined;
    if (route.value.view !== name) return;
    this.#loaded = { name, module };
    this.requestUpdate();
  }
}

define("control-page", ControlPage);
