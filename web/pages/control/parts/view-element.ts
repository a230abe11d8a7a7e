import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Connection } from "../../shared/connection.js";
import { PageElement } from "../../shared/element.js";
import { explain } from "../../shared/explain.js";
import { clock } from "../../shared/format.js";
import { control } from "../../shared/texts/index.js";
import type { Route } from "../route.js";
import { say } from "./toast.js";

/**
 * A view that shows what it read from the gateway, and reads it anew whenever that may have changed. What was read stays
 * where it is meanwhile: nothing flickers, and what was focused keeps the focus.
 */
export abstract class ViewElement extends PageElement {
  static override properties: PropertyDeclarations = { connection: { attribute: false }, route: { attribute: false }, problem: { state: true }, isRead: { state: true }, busy: { state: true } };
  declare connection: Connection;
  declare route: Route;
  /** Why it could not be read. */
  declare protected problem: string | undefined;
  declare protected isRead: boolean;
  /** What is being done at the moment. */
  declare protected busy: ReadonlySet<string>;
  /** Events after which what is shown may be out of date. */
  protected readonly listens: readonly string[] = [];
  #reading: Promise<void> | undefined;
  #again = false;

  constructor() {
    super();
    this.isRead = false;
    this.busy = new Set();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.classList.add("view-body");
    this.follow(clock);
    this.whileShown(
      this.connection.onRefresh(() => void this.refresh()),
      this.connection.onEvent(({ event }) => {
        if (this.listens.includes(event)) void this.refresh();
      }),
    );
    void this.refresh();
  }

  /** Gets everything that is shown. */
  protected abstract read(): Promise<void>;
  protected abstract draw(): TemplateResult;
  protected abstract head(): TemplateResult;

  /** Reads it anew; once more afterwards if something changed meanwhile. */
  refresh(): Promise<void> {
    if (this.#reading !== undefined) this.#again = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.read();
        this.problem = undefined;
        this.isRead = true;
      } catch (error) {
        this.problem = explain(error);
      }
    } while (this.#again);
    this.requestUpdate();
  }

  /** Whether the gateway has all of these methods. */
  protected offers(...methods: readonly string[]): boolean {
    const known = this.connection.hello?.features.methods;
    return known === undefined || methods.every((method) => known.includes(method));
  }

  /** What there is to say where this browser may not see what the view is about; nothing where it may. */
  protected lacking(scope: string): TemplateResult | undefined {
    const { hello, scopes } = this.connection;
    if (hello === undefined || scopes.includes(scope) || scopes.includes("operator.admin")) return undefined;
    return html`<p class="notice">${control.problems.scope(scope)}</p>`;
  }

  /** Does something that a person asked for, once at a time, and says how it went. `done` is said if it went well. */
  protected async act(name: string, work: () => Promise<unknown>, done?: string): Promise<boolean> {
    if (this.busy.has(name)) return false;
    this.busy = new Set([...this.busy, name]);
    try {
      await work();
      if (done !== undefined) say(done);
      return true;
    } catch (error) {
      say(explain(error), "problem");
      return false;
    } finally {
      this.busy = new Set([...this.busy].filter((one) => one !== name));
      void this.refresh();
    }
  }

  protected override render(): TemplateResult {
    const { problem, isRead } = this;
    return html`${this.head()}
      ${problem === undefined ? nothing : html`<p class="notice danger" role="alert">${problem}</p>`}
      ${isRead ? this.draw() : problem === undefined ? html`<p class="waiting-line"><span class="spinner"></span>${control.loading}</p>` : nothing}`;
  }
}
