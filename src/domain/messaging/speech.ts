import { printable } from "../text/printable.js";
import type { MediaRef, Sender } from "./envelope.js";

/** Something that was said, and by whom. */
export interface Spoken {
  readonly speaker: Pick<Sender, "id" | "name">;
  readonly text: string;
  /** How long ago, where that matters. */
  readonly lateMs?: number;
}

const MAX_NAME = 64;
const MAX_EMOJI = 32;
/** All that a reader may take for the end of a line. */
const BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;
// oxlint-disable-next-line no-control-regex -- the point is to take them out
const CONTROLS = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/gu;

/**
 * Somebody for an agent to read: `"Anna" (id 777)`. Names are chosen by those who bear them, so one is set in quotes
 * that it can't leave, and the id stands beside it, which nobody can choose.
 */
export function renderSpeaker({ id, name }: Spoken["speaker"], lateMs?: number): string {
  const shown = name === undefined ? "" : printable(name, MAX_NAME);
  const late = lateMs === undefined ? "" : `, sent ${renderAge(lateMs)} ago`;
  return `${shown === "" ? "" : `${JSON.stringify(shown)} `}(id ${printable(id, MAX_NAME)}${late})`;
}

/** One speaker's words as an item of a list. Their later lines are set in, so that none of them reads as somebody else's item. */
export function renderSpoken({ speaker, text, lateMs }: Spoken): string {
  const lines = text.replace(CONTROLS, "").split(BREAK);
  return `- ${renderSpeaker(speaker, lateMs)}: ${lines.join("\n  ")}`;
}

/** What a reaction tells the agent whose message got it. */
export const renderReaction = (sender: Sender, { emoji, added }: { emoji: string; added: boolean }): string =>
  `${renderSpeaker(sender)} ${added ? "reacted" : "took back a reaction"} to your message: ${JSON.stringify(printable(emoji, MAX_EMOJI))}.`;

export interface TurnSpeech {
  /** What was said and not answered since the last answer, oldest first. */
  readonly history: readonly Spoken[];
  /** What is to be answered now, oldest first. */
  readonly messages: readonly Spoken[];
  readonly isDirect: boolean;
}

/**
 * The message of a turn. One person in a direct chat is read as they wrote; where several people speak, or something was
 * said before, each line says whose it is.
 */
export function renderTurn({ history, messages, isDirect }: TurnSpeech): string {
  const ids = new Set([...history, ...messages].map(({ speaker }) => speaker.id));
  if (isDirect && history.length === 0 && ids.size <= 1) return messages.map(renderPlain).join("\n\n");
  const items = messages.map(renderSpoken).join("\n");
  if (history.length === 0) return items;
  return `[Said here since your last answer, for you to know]\n${history.map(renderSpoken).join("\n")}\n[Said to you now]\n${items}`;
}

const renderPlain = ({ text, lateMs }: Spoken): string => (lateMs === undefined ? text : `[Sent ${renderAge(lateMs)} ago]\n${text}`);

const UNITS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]] as const;

function renderAge(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? ["minute", 60_000];
  const count = Math.max(1, Math.round(ms / size));
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

const MEDIA_WORDS: Readonly<Record<MediaRef["kind"], string>> = { image: "image", audio: "audio", voice: "voice message", video: "video", file: "file" };

/** A message that is only read about: its text, and what came with it. */
export const describeMessage = (text: string, media: readonly MediaRef[]): string =>
  [...media.map(({ kind, fileName }) => `(${MEDIA_WORDS[kind]}${fileName === undefined ? "" : ` ${JSON.stringify(printable(fileName, MAX_NAME))}`})`), text].filter((part) => part !== "").join(" ");
