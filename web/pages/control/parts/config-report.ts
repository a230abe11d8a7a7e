import { html, nothing, type TemplateResult } from "lit";
import { GatewayError } from "../../../../src/client/browser/index.js";
import type { Issue } from "../../shared/schema/check.js";
import { isRecord } from "../../shared/schema/kind.js";
import { config as texts } from "../../shared/texts/control/config.js";
import { needRestart, type Change } from "./config-diff.js";
import { tag } from "./pieces.js";

/** The edit began with a file that is not there any more. */
export const isStale = (error: unknown): boolean => error instanceof GatewayError && /config changed since last load|base hash required/.test(error.message);

/** What the gateway found wrong, where it is that. */
export function issuesOf(error: unknown): readonly Issue[] {
  const { details } = error as { details?: unknown };
  const issues = isRecord(details) && Array.isArray(details["issues"]) ? (details["issues"] as readonly unknown[]) : [];
  return issues.filter(isRecord).map(({ path, message }) => ({ path: String(path ?? ""), message: String(message ?? "") }));
}

export function doneText(restart: unknown): string {
  const paths = isRecord(restart) && Array.isArray(restart["paths"]) ? restart["paths"].map(String) : [];
  return paths.length === 0 ? texts.applied : texts.appliedRestart(paths.join(", "));
}

export function problemList(title: string, issues: readonly { readonly path: string; readonly message: string }[], kind: "danger" | "warning"): TemplateResult | typeof nothing {
  return issues.length === 0 ? nothing : html`<div class="notice ${kind}" role=${kind === "danger" ? "alert" : nothing}><p>${title}</p><ul>${issues.map(({ path, message }) => html`<li><code>${path === "" ? texts.whole : path}</code> ${message}</li>`)}</ul></div>`;
}

export const changeList = (changes: readonly Change[], restarting: readonly string[]): TemplateResult => html`<ul class="changes">${changes.map(({ path, before, after }) => html`<li><code>${path}</code>
  ${after === undefined ? texts.gone : html`<span class="value">${JSON.stringify(after)}</span>`} ${before === undefined || after === undefined ? nothing : html`<span class="quiet small">${texts.was} ${JSON.stringify(before)}</span>`}
  ${needRestart([path], restarting).length > 0 ? tag(texts.restart, "warn") : nothing}</li>`)}</ul>`;

