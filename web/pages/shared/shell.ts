import { html, nothing, type TemplateResult } from "lit";
import autoIcon from "icon:contrast-rounded";
import darkIcon from "icon:dark-mode-outline-rounded";
import lightIcon from "icon:light-mode-outline-rounded";
import signOutIcon from "icon:logout-rounded";
import markUrl from "./mark.svg?url";
import type { Connection } from "./connection.js";
import { icon } from "./icon.js";
import "./offline-banner.js";
import "./sign-in.js";
import type { Status } from "./status.js";
import { shared } from "./texts/index.js";
import { theme, type Theme } from "./theme.js";

export interface Shell {
  readonly page: "chat" | "control";
  readonly connection: Connection;
  /** Whether the page was shown before: then it stays while the connection comes back. */
  readonly wasOpen: boolean;
  readonly content: () => TemplateResult;
  /** Stands before the name, as a button that opens a list on small screens. */
  readonly lead?: TemplateResult;
}

const NEXT: Readonly<Record<Theme, Theme>> = { auto: "dark", dark: "light", light: "auto" };
const DRAWN: Readonly<Record<Theme, typeof autoIcon>> = { auto: autoIcon, dark: darkIcon, light: lightIcon };

/** Whether the page itself can be shown, or only the way to it. */
export const isShown = ({ kind }: Status, wasOpen: boolean): boolean =>
  kind === "open" || (wasOpen && (kind === "offline" || kind === "connecting"));

/** The frame around a page; until the gateway lets this browser in, what is in the frame is the way in. Watch `theme` and the connection's state. */
export function renderShell({ page, connection, wasOpen, content, lead }: Shell): TemplateResult {
  const status = connection.state.value;
  const shown = isShown(status, wasOpen);
  return html`<div class="shell">
    <header class="bar">
      <a class="skip visually-hidden" href="#content" @click=${skipTo}>${shared.skip}</a>
      ${shown ? (lead ?? nothing) : nothing}
      <a class="brand" href="./" aria-label=${shared.product}><img src=${markUrl} alt="" width="28" height="28" /><span aria-hidden="true">${shared.product}</span></a>
      <nav aria-label=${shared.pages}>
        ${navLink("./chat", shared.chat, page === "chat")} ${navLink("./", shared.control, page === "control")}
      </nav>
      <div class="end">
        <span class="link-state" role="status" data-kind=${status.kind}><span>${shared.link[status.kind]}</span></span>
        ${themeButton()} ${status.kind === "open" && status.hello.snapshot.authMode !== "none" ? signOutButton(connection) : nothing}
      </div>
    </header>
    <div>${shown && status.kind !== "open" ? html`<offline-banner .connection=${connection}></offline-banner>` : nothing}</div>
    <main id="content" tabindex="-1">${shown ? content() : html`<sign-in .connection=${connection}></sign-in>`}</main>
  </div>`;
}

/** By hand: the fragment is where views have their names. */
function skipTo(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

const navLink = (href: string, text: string, isCurrent: boolean): TemplateResult =>
  html`<a href=${href} aria-current=${isCurrent ? "page" : nothing}>${text}</a>`;

const signOutButton = (connection: Connection): TemplateResult =>
  html`<button class="icon-button" type="button" aria-label=${shared.signOut} title=${shared.signOut} @click=${() => void connection.signOut()}>${icon(signOutIcon)}</button>`;

function themeButton(): TemplateResult {
  const label = shared.theme[theme.value];
  return html`<button class="icon-button" type="button" aria-label=${label} title=${label} @click=${() => theme.set(NEXT[theme.value])}>${icon(DRAWN[theme.value])}</button>`;
}
