// A client that keeps to the protocol and does as little else as it can: what it costs, the server next to it does not get.
import { createPrivateKey, sign } from "node:crypto";
import { WebSocket } from "ws";

export const CLIENT = { id: "openclaw-linux", version: "1.0.0", platform: "linux", mode: "ui" };

/** What a connection introduces itself as: an operator, or a phone that offers its commands. */
export const OPERATOR = { role: "operator", client: CLIENT };
export const NODE = {
  role: "node",
  client: { ...CLIENT, mode: "node", displayName: "A node", deviceFamily: "Linux", modelIdentifier: "bench" },
  caps: ["canvas", "camera", "screen", "location", "system"],
  commands: [
    "canvas.present", "canvas.hide", "canvas.navigate", "canvas.eval", "canvas.snapshot", "canvas.a2ui.push", "canvas.a2ui.reset",
    "camera.list", "camera.snap", "camera.clip", "screen.record", "location.get", "system.notify", "system.which", "system.run",
  ],
  permissions: { camera: true, microphone: true, location: false, notifications: true },
};

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

  connectFrame({ nonce, ts }, scopes, as) {
    const { client, role } = as;
    const family = (client.deviceFamily ?? "").toLowerCase();
    const signed = ["v3", this.id, client.id, client.mode, role, scopes.join(","), ts, this.token, nonce, client.platform, family].join("|");
    const signature = sign(null, Buffer.from(signed), this.secret).toString("base64url");
    const device = { id: this.id, publicKey: this.publicKey, signature, signedAt: ts, nonce };
    const params = { minProtocol: 4, maxProtocol: 4, ...as, scopes, auth: { deviceToken: this.token }, device };
    return JSON.stringify({ type: "req", id: "connect", method: "connect", params });
  }
}

/** One connection. `onResponse` and `onEvent` are given the bytes of each frame after the hello. */
export class Client {
  onResponse = () => {};
  onEvent = () => {};
  #socket;

  /** Resolves once the server has said hello; rejects where it refuses or hangs up first. */
  static open(url, device, scopes, as = OPERATOR) {
    return new Promise((resolve, reject) => {
      const client = new Client();
      const socket = new WebSocket(url, { perMessageDeflate: false });
      client.#socket = socket;
      socket.once("error", reject);
      socket.once("close", (code, reason) => reject(new Error(`closed ${code} ${reason}`)));
      socket.once("message", (challenge) => {
        socket.send(device.connectFrame(JSON.parse(challenge.toString()).payload, scopes, as));
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
