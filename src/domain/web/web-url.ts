import { WebFault } from "./web-fault.js";

/** What is judged of a URL; that of the platform fits. Only its parser decides what a text means: a second one would read some texts differently. */
export interface UrlParts {
  readonly protocol: string;
  readonly hostname: string;
  readonly username: string;
  readonly password: string;
}

/** The longest URL that is not `data:`, in UTF-16 units. */
const MAX_LENGTH = 8_192;
/** The longest name that DNS holds. */
const MAX_HOST_LENGTH = 253;
/** Room for what stands before the data of a `data:` URL. */
const DATA_HEAD = 1_024;

/** What is wrong with a URL's length, which is looked at before anything parses it. A byte takes three characters of a `data:` URL at most. */
export function judgeUrlLength(url: string, maxBytes: number): WebFault | undefined {
  if (url.length <= MAX_LENGTH) return undefined;
  if (!/^\s*data:/iu.test(url)) return new WebFault("bad-url", `The URL is longer than ${MAX_LENGTH} characters: give a shorter one.`);
  const fits = url.length <= maxBytes * 3 + DATA_HEAD;
  return fits ? undefined : new WebFault("too-large", "The data: URL holds more than is taken here: send a smaller file.");
}

/** What is wrong with a URL that a file is asked for by, or nothing. `data:` is right; a redirect to it is the adapter's to refuse. */
export function judgeUrl({ protocol, hostname, username, password }: UrlParts): WebFault | undefined {
  if (protocol === "file:") {
    return new WebFault("bad-url", "A file: URL names a file of the gateway's own host, and those are not handed out: send its contents as a data: URL, or put it where an https: URL reaches it.");
  }
  if (!["http:", "https:", "data:"].includes(protocol)) return new WebFault("bad-url", "Files are fetched by http:, https: and data: URLs only: give one of these.");
  // Refusals repeat the host.
  if (hostname.length > MAX_HOST_LENGTH) return new WebFault("bad-url", `The URL's host is longer than ${MAX_HOST_LENGTH} characters, and no host is: give another URL.`);
  // Credentials in a stranger's URL are a disguise of its host, or a secret that would be sent to whoever a redirect names.
  if (username !== "" || password !== "") return new WebFault("bad-url", "The URL holds a user name or password, which is sent to nobody: give one without.");
  return undefined;
}

export const notAUrl = (): WebFault => new WebFault("bad-url", "That is no URL: give a whole one that begins with https:, http: or data:.");
