const KEPT_AT_EACH_END = 100_000;
const HALF_AT_THE_END = /[\ud800-\udbff]$/u;
const HALF_AT_THE_START = /^[\udc00-\udfff]/u;

/** What a program writes: the beginning and the end of it, since what went wrong stands at one of them. */
export class CapturedOutput {
  readonly #decoder = new TextDecoder();
  readonly #most: number;
  #head = "";
  #tail = "";
  #length = 0;

  constructor(most = KEPT_AT_EACH_END) {
    this.#most = most;
  }

  /** Gives back what was added, as text. */
  add(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes, { stream: true });
    this.#take(text);
    return text;
  }

  end(): void {
    this.#take(this.#decoder.decode());
  }

  #take(text: string): void {
    this.#length += text.length;
    const room = this.#most - this.#head.length;
    this.#head += text.slice(0, room);
    if (text.length > room) this.#tail = `${this.#tail}${text.slice(room)}`.slice(-this.#most);
  }

  get isCut(): boolean {
    return this.#length > this.#head.length + this.#tail.length;
  }

  text(): string {
    if (!this.isCut) return `${this.#head}${this.#tail}`;
    const [head, tail] = [this.#head.replace(HALF_AT_THE_END, ""), this.#tail.replace(HALF_AT_THE_START, "")];
    return `${head}\n[${this.#length - head.length - tail.length} characters left out]\n${tail}`;
  }
}
