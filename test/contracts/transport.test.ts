import { WebSocket } from "ws";
import { MemoryTransport } from "../../src/adapters/transport/memory/index.js";
import { WsTransport } from "../../src/adapters/transport/ws/index.js";
import { HandClock } from "../../src/testing/hand-clock.js";
import { transportContract } from "../../src/testing/contracts/transport.js";
import type { TransportPeer } from "../../src/testing/contracts/transport.js";

transportContract("memory", () => {
  const clock = new HandClock();
  const transport = new MemoryTransport({ clock });
  return Promise.resolve({ clock, transport, connect: () => Promise.resolve(transport.connect()) });
});

transportContract("ws", () => {
  const clock = new HandClock();
  const transport = new WsTransport({ clock, host: "127.0.0.1", port: 0 });
  return Promise.resolve({ clock, transport, connect: () => dial(transport.address().port) });
});

function dial(port: number): Promise<TransportPeer> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const messages: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  ws.on("message", (data, isBinary) => {
    const text = isBinary ? "binary, which no client expects" : (data as Buffer).toString("utf8");
    const taker = waiting.shift();
    if (taker === undefined) messages.push(text);
    else taker(text);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") }));
  });
  const peer: TransportPeer = {
    send: (message) => ws.send(message),
    next: () => {
      const text = messages.shift();
      return text === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(text);
    },
    close: (code, reason) => ws.close(code, reason),
    drop: () => ws.terminate(),
    stall: () => ws.pause(),
    resume: () => ws.resume(),
    closed,
  };
  return new Promise((resolve, reject) => {
    ws.on("open", () => resolve(peer));
    ws.on("error", reject);
  });
}
