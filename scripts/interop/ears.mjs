/** What goes over a page's sockets, and what its console says. */
export class Ears {
  /** Errors of the console and of the page's programs. */
  problems = [];
  /** The methods that the gateway named when it let the page in. */
  methods = [];
  #refusals = [];
  #asked = new Map();

  constructor(page) {
    page.on("console", (message) => message.type() === "error" && this.problems.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => this.problems.push(`page: ${error.message}`));
    page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => this.#sent(JSON.parse(payload)));
      socket.on("framereceived", ({ payload }) => this.#received(JSON.parse(payload)));
    });
  }

  #sent({ id, method }) {
    this.#asked.set(id, method);
  }

  #received({ type, id, ok, payload, error }) {
    if (type !== "res") return;
    if (ok && payload?.type === "hello-ok") this.methods = payload.features.methods;
    if (!ok) this.#refusals.push({ method: this.#asked.get(id), message: error?.message ?? "" });
  }

  /** What was refused since somebody last asked, but for what the gateway never said it had. */
  takeRefusals() {
    return this.#refusals.splice(0).filter(({ method }) => this.methods.includes(method));
  }
}
