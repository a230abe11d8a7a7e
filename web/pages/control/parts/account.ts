import { html, nothing, type TemplateResult } from "lit";
import { textOf } from "../../../../src/domain/foreign-fields.js";
import type { AccountSnapshot } from "../../../../src/domain/protocol/methods/channels.js";
import { span, when } from "../../shared/format.js";
import { overview } from "../../shared/texts/control/overview.js";
import { isRecord } from "../../shared/schema/kind.js";
import { facts, state, type Mood } from "./pieces.js";

const { account: texts, states } = overview;

const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** With what a channel tells beside what every channel does. */
const fieldsOf = (account: AccountSnapshot): Readonly<Record<string, unknown>> => account as unknown as Readonly<Record<string, unknown>>;

const MOODS: Readonly<Record<string, Mood>> = { live: "good", degraded: "warn", connecting: "warn", linking: "warn", "backing-off": "warn", "needs-operator": "bad", idle: "idle" };

/** How one account of a channel stands, for the eye. */
export interface Standing {
  readonly mood: Mood;
  readonly word: string;
  /** What to do about it, or what went wrong. */
  readonly message: string | undefined;
  readonly deadLetters: number;
}

export function standingOf(snapshot: AccountSnapshot): Standing {
  const account = fieldsOf(snapshot);
  const name = textOf(account["state"]) ?? (snapshot.connected === true ? "live" : "idle");
  const outbox = isRecord(account["outbox"]) ? account["outbox"] : {};
  return { mood: MOODS[name] ?? "idle", word: states[name] ?? name, message: textOf(account["message"]), deadLetters: numberOf(outbox["deadLetters"]) ?? 0 };
}

export const accountState = (account: AccountSnapshot): TemplateResult => {
  const { mood, word } = standingOf(account);
  return state(mood, word);
};

/** What is known of an account whatever its channel: configured, linked, connected, its last error, and two ages that show who is deaf or dumb. */
export function accountFacts(snapshot: AccountSnapshot, now: number, more: Parameters<typeof facts>[0] = []): TemplateResult {
  const account = fieldsOf(snapshot);
  const outbox = isRecord(account["outbox"]) ? account["outbox"] : {};
  const four = isRecord(account["facts"]) ? account["facts"] : {};
  const waiting = numberOf(outbox["waiting"]) ?? 0;
  const sign = numberOf(four["lastSignAgeMs"]);
  const lastError = textOf(snapshot.lastError);
  const lastErrorAt = numberOf(account["lastErrorAt"]);
  const yes = (value: boolean | undefined) => state(value === true ? "good" : "idle", value === true ? texts.yes : texts.no);
  return facts([
    [texts.configured, yes(snapshot.configured)],
    [texts.linked, yes(snapshot.linked)],
    [texts.connected, yes(snapshot.connected)],
    [texts.sign, sign === undefined ? texts.never : when(now - sign)],
    [texts.waiting, waiting === 0 ? texts.none : texts.oldest(waiting, span(numberOf(four["outboxAgeMs"]) ?? 0))],
    [texts.lastError, lastError === undefined || lastError === textOf(account["message"]) ? nothing : html`<span class="wide">${lastError}</span>${lastErrorAt === undefined ? nothing : html` <span class="quiet">(${when(lastErrorAt)})</span>`}`],
    ...more,
  ]);
}
