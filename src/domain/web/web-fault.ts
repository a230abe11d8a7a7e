export type WebFaultCode = "bad-url" | "private-address" | "too-large" | "http-error" | "unreachable";

/** Why a file could not be had. The message is a whole sentence, free of what the URL holds beyond its host. */
export class WebFault extends Error {
  override readonly name = "WebFault";
  readonly code: WebFaultCode;

  constructor(code: WebFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const tooLarge = (maxBytes: number): WebFault =>
  new WebFault("too-large", `The file is larger than ${sizeOf(maxBytes)}, the most that is taken here: send a smaller one.`);

const sizeOf = (bytes: number): string => (bytes < 1_000_000 ? `${bytes} bytes` : `${Math.floor(bytes / 100_000) / 10} MB`);
