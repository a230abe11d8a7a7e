import { lookup, type LookupAddress, type LookupAllOptions } from "node:dns";
import type { ClientRequest, IncomingMessage } from "node:http";
import { isIPv6, type LookupFunction } from "node:net";
import type { TLSSocket } from "node:tls";
import { WebSocket, type ClientOptions } from "ws";
import type { Wire } from "../client-session.js";
import type { OpenSocket, SocketListener } from "../connect-plan.js";
import { classifyHost, parseFingerprint, type Endpoint } from "../endpoint.js";
import { ConnectError } from "../errors.js";

const MAX_PAYLOAD = 26_214_400;

export interface SocketPolicy {
  /** Lower-case hex SHA-256 of the gateway's certificate: trusted instead of any authority. */
  readonly fingerprint?: string;
  readonly allowPrivate: boolean;
  /** Finds the addresses of a name: the system's own, unless given. */
  readonly resolve?: (name: string, options: LookupAllOptions, answer: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void;
}

class PinMismatch extends Error {}
class UnsafeAddress extends Error {}

/** Opens sockets with `ws`. Nothing, not even the upgrade request, leaves before the certificate's pin was compared. */
export function nodeSockets(policy: SocketPolicy): OpenSocket {
  return (endpoint, listener, signal) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(endpoint.url, socketOptions(endpoint, policy));
      let open = false;
      // A reset that takes neither a close frame nor a FIN must still end the session.
      const give = (): void => socket.terminate();
      signal.addEventListener("abort", give, { once: true });
      socket.on("open", () => {
        open = true;
        resolve(wireOf(socket));
      });
      socket.on("unexpected-response", (_request, response) => {
        reject(httpRefusal(endpoint, response));
        socket.terminate();
      });
      socket.on("error", (error) => {
        if (!open) reject(socketFailure(endpoint, error));
      });
      hear(socket, listener);
      socket.on("close", () => signal.removeEventListener("abort", give));
    });
}

function hear(socket: WebSocket, listener: SocketListener): void {
  socket.on("message", (data: Buffer) => listener.message(data.toString("utf8")));
  socket.on("close", (code, reason) => listener.closed({ code, reason: reason.toString("utf8") }));
}

const CLOSE_GRACE_MS = 1000;

function wireOf(socket: WebSocket): Wire {
  return {
    send: (text) => socket.send(text),
    close(code, reason) {
      if (socket.readyState === WebSocket.CLOSED) return;
      socket.close(code, reason);
      setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
    },
  };
}

// `ws` hands what it does not know on to net.connect.
type SocketOptions = ClientOptions & { readonly lookup?: LookupFunction };

function socketOptions(endpoint: Endpoint, policy: SocketPolicy): SocketOptions {
  const options: ClientOptions = { perMessageDeflate: false, maxPayload: MAX_PAYLOAD, followRedirects: false };
  if (!endpoint.secure) return { ...options, lookup: cautiousLookup(endpoint, policy) };
  const pin = policy.fingerprint;
  if (pin === undefined) return options;
  return {
    ...options,
    rejectUnauthorized: false,
    finishRequest(request) {
      request.on("socket", (socket) => {
        socket.once("secureConnect", () => sendIfPinned(request as ClientRequest, socket as TLSSocket, pin));
      });
    },
  };
}

function sendIfPinned(request: ClientRequest, socket: TLSSocket, pin: string): void {
  const shown = parseFingerprint(socket.getPeerCertificate().fingerprint256 ?? "");
  if (shown === pin) request.end();
  else request.destroy(new PinMismatch("gateway tls fingerprint mismatch"));
}

/** In the clear, a name is only as good as the address it resolves to at the moment of dialling. */
function cautiousLookup(endpoint: Endpoint, { allowPrivate, resolve = lookup }: SocketPolicy): LookupFunction {
  const fits = (address: string): boolean => {
    const kind = classifyHost(isIPv6(address) ? `[${address}]` : address);
    return kind === "loopback" || (allowPrivate && !endpoint.loopback && kind === "private");
  };
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 4);
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => fits(address))) return callback(new UnsafeAddress(), "", 4);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function httpRefusal({ url }: Endpoint, response: IncomingMessage): ConnectError {
  const status = response.statusCode ?? 0;
  const seconds = Number(response.headers["retry-after"]);
  response.resume();
  return new ConnectError({
    code: "HTTP_REFUSED",
    message: `${url} answered with HTTP ${status} instead of opening a WebSocket.`,
    url,
    httpStatus: status,
    retryable: status === 429 || status === 503,
    ...(seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

const UNREACHABLE = new Set(["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EPIPE"]);

function socketFailure({ url, host }: Endpoint, error: Error): ConnectError {
  const failed = (code: string, message: string, retryable = false): ConnectError =>
    new ConnectError({ code, message, url, retryable, cause: error });
  if (error instanceof PinMismatch) {
    const message = `The certificate at ${url} is not the pinned one (gateway tls fingerprint mismatch). Nothing was sent.`;
    return failed("TLS_FINGERPRINT_MISMATCH", message);
  }
  if (error instanceof UnsafeAddress) {
    return failed("INSECURE_URL", `${host} resolves to an address that plain ws:// must not be used with. Use wss://.`);
  }
  const code = String((error as { code?: unknown }).code ?? "");
  if (UNREACHABLE.has(code)) return failed("UNREACHABLE", `No gateway answers at ${url} (${code}).`, true);
  if (/CERT|SELF_SIGNED|SSL|TLS|ALTNAME/.test(code)) {
    return failed("TLS_FAILED", `The certificate at ${url} is not trusted (${code}). Pin it with --tls-fingerprint, or use one of a known authority.`);
  }
  return failed("UNREACHABLE", `No WebSocket at ${url}${code === "" ? "" : ` (${code})`}.`, true);
}
