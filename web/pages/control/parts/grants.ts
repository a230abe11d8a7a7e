import { html, type TemplateResult } from "lit";
import { own } from "../../shared/own.js";
import { grants } from "../../shared/texts/control/grants.js";

/** What a device of that role gains, each a phrase. */
export function grantsOf({ role, scopes = [] }: { readonly role?: string | undefined; readonly scopes?: readonly string[] | undefined }): readonly string[] {
  if (role === "node") return [grants.node];
  if (scopes.length === 0) return [grants.noScopes];
  const ordered = Object.keys(grants.scopes);
  return [...scopes].sort((a, b) => ordered.indexOf(a) - ordered.indexOf(b)).map((scope) => own(grants.scopes, scope) ?? grants.otherScope(scope));
}

/** What may be asked of a node that has these commands; several commands may come to the same. */
export const grantsOfCommands = (commands: readonly string[]): readonly string[] =>
  [...new Set(commands.map((command) => grants.commands.find(([start]) => command.startsWith(start))?.[1] ?? grants.otherCommand(command)))];

export const grantList = (phrases: readonly string[]): TemplateResult => html`<ul class="grants">${phrases.map((phrase) => html`<li>${phrase}</li>`)}</ul>`;
