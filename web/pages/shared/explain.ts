import { reasonOf } from "../../../src/domain/reason.js";
import { ConnectionLostError, GatewayError } from "../../../src/client/browser/index.js";
import { control } from "./texts/index.js";

/** What went wrong, as a sentence for a person. */
export function explain(error: unknown): string {
  const { problems } = control;
  if (error instanceof ConnectionLostError) return error.outcome === "unknown" ? problems.lost : problems.offline;
  if (!(error instanceof GatewayError)) return problems.broken(reasonOf(error));
  const scope = /missing scope: ([\w.]+)/.exec(error.message)?.[1];
  if (scope !== undefined) return problems.scope(scope);
  if (error.code === "TIMEOUT") return problems.timeout;
  return sentence(error.message);
}

export function sentence(text: string): string {
  const trimmed = text.trim();
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
