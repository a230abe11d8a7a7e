// A client that keeps to the protocol and does as little else as it can: what it costs, the server next to it does not get.
import { createPrivateKey, sign } from "node:crypto";
import { WebSocket } from "ws";

export const CLIENT = { id: "openclaw-linux", version: "1.0.0", platform: "linux", mode: "ui" };

/** Both kinds of frame begin with `{"type":"`; the next byte tells them apart. */
const KIND_AT = 9;
const RESPONSE = "r".charCodeAt(0);

/** A device that connects: its keys are read once, not each time. */
export class Device {
  constructor({ id, publicKey, secret, token }) {
    this.id = id;
    this.publicKey = publicKey;
    this.token = token;
    this.secret = createPrivateKey({ key: Buffer.from(secret, "base64"), format: "der", type: "pkcs8" });
  }

  connectFrame({ nonce, ts }, scopes) {
    const signed = ["v3", this.id, CLIENT.id, CLIENT.mode, "operator", scopes.join(","), ts, this.token, nonce, CLIENT.platform, ""].join("|");
    const signature = sign(null, Buffer.from(signed), this.secret).toString("base64url");
    const device = { id: this.id, publicKey: this.publicKey, signature, signedAt: ts, nonce };
    const params = { minProtocol: 4, maxProtocol: 4, client: CLIENT, role: "operator", scopes, auth: { deviceToken: this.token }, device };
    return JSON.stringify({ type: "req", id: "connect", method: "connect", params });
  }
}

/** One connection. `onResponse` and `onEvent` are given the bytes of each frame after the hello. */
export class Client {
  onResponse = () => {};
  onEvent = () => {};
  #socket;

  /** Resolves once the server has said hello; rejects where it refuses or hangs up first. */
  static open(url, device, scopes) {
    return new Promise((resolve, reject) => {
      const client = new Client();
      const socket = new WebSocket(url, { perMessageDeflate: false });
      client.#socket = socket;
      socket.once("error", reject);
      socket.once("close", (code, reason) => reject(new Error(`closed ${code} ${reason}`)));
      socket.once("message", (challenge) => {
        socket.send(device.connectFrame(JSON.parse(challenge.toString()).payload, scopes));
        socket.once("message", (hello) => {
          const { ok, error } = JSON.parse(hello.toString());
          if (!ok) return reject(new Error(error.message));
          socket.on("message", (data) => (data[KIND_AT] === RESPONSE ? client.onResponse(data) : client.onEvent(data)));
          return resolve(client);
        });
      });
    });
  }

  send(text) {
    this.#socket.send(text);
  }

  /** Resolves when the connection is gone on both sides. */
  close() {
    return new Promise((resolve) => {
      this.#socket.once("close", resolve);
      this.#socket.close();
    });
  }
}
