import { terminalText } from "./output.js";
import type { Sink } from "./io.js";

/** Shows an answer while it grows. Each piece of text appears once, in order, whatever was lost on the way. */
export class AnswerWriter {
  readonly #sink: Sink;
  /** The message that grows now, as far as it was shown. */
  #shown = "";
  /** All that was shown. */
  #all = "";

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  get isEmpty(): boolean {
    return this.#all === "";
  }

  /** The text so far, or only what is new of it. A text that does not go on from the last one begins a new paragraph. */
  grow({ text, delta }: { text?: string; delta?: string }): void {
    const whole = text ?? this.#shown + (delta ?? "");
    if (whole.startsWith(this.#shown)) this.#write(whole.slice(this.#shown.length));
    else if (!this.#shown.startsWith(whole)) this.#paragraph(whole);
    else return;
    this.#shown = whole;
  }

  /** The messages of the finished answer: shows what of them is still missing, and ends the line. */
  finish(messages: readonly string[]): void {
    for (const message of messages) {
      if (message === "" || this.#all.includes(message)) continue;
      if (this.#shown !== "" && message.startsWith(this.#shown)) this.#write(message.slice(this.#shown.length));
      else this.#paragraph(message);
      this.#shown = message;
    }
    this.endLine();
  }

  endLine(): void {
    if (!this.isEmpty && !this.#all.endsWith("\n")) this.#write("\n");
  }

  #paragraph(text: string): void {
    this.endLine();
    this.#write(text);
  }

  #write(text: string): void {
    if (text === "") return;
    this.#all += text;
    this.#sink.write(terminalText(text));
  }
}
