import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** What the agent of `acp-agent.mjs` does about a prompt, act by act; the file says what each means. */
export type Act = Readonly<Record<string, unknown>>;

export interface AgentEvent {
  readonly event: string;
  readonly [key: string]: unknown;
}

export const AGENT = new URL("./acp-agent.mjs", import.meta.url).pathname;

/** The test's end of the socket over which stand-in agents tell what they are asked, and are told what to do. */
export class AcpDesk {
  /** What to do about the next prompts. */
  script: readonly Act[] | ((prompt: AgentEvent) => readonly Act[]) = [];
  readonly events: AgentEvent[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Map<string, { event: AgentEvent; go: () => void }>();
  #listeners: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<AcpDesk> {
    const server = createServer();
    const desk = new AcpDesk(server);
    server.on("connection", (socket) => { desk.#serve(socket); });
    await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
    return desk;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Of that name, oldest first. */
  of(name: string): readonly AgentEvent[] {
    return this.events.filter((one) => one.event === name);
  }

  /** Resolves with the `count`th event of that name, come or still to come. */
  async heard(name: string, count = 1): Promise<AgentEvent> {
    for (;;) {
      const found = this.of(name)[count - 1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => { this.#listeners.push(resolve); });
    }
  }

  /** Resolves once the agent waits at `{ wait: name }`; the result lets it go on. */
  async waitingFor(name: string): Promise<() => void> {
    for (;;) {
      const found = this.#waiting.get(name);
      if (found !== undefined) return found.go;
      await new Promise<void>((resolve) => { this.#listeners.push(resolve); });
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => { this.#server.close(resolve); });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
    createInterface({ input: socket }).on("error", () => {}).on("line", (line) => {
      const event = JSON.parse(line) as AgentEvent;
      const answer = (given: unknown): void => { socket.write(`${JSON.stringify({ order: event["order"], answer: given })}\n`); };
      if (event.event === "prompt") answer(typeof this.script === "function" ? this.script(event) : this.script);
      if (event.event === "waiting") this.#waiting.set(String(event["for"]), { event, go: () => { answer(null); } });
      this.events.push(event);
      const listeners = this.#listeners;
      this.#listeners = [];
      for (const listener of listeners) listener();
    });
  }
}
