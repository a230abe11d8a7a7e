import type { AnyMessage, Stream } from "@agentclientprotocol/sdk";

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const UPDATE = "session/update";

/**
 * Lets through what the SDK needs: requests, and answers to what was asked. Updates are handed over here instead. The
 * SDK drops, with a line on the console, each one of a kind it does not know, and tells the others later than an answer
 * that followed them.
 */
export const guardStream = (stream: Stream, onUpdate: (params: unknown) => void): Stream => {
  const asked = new Set<unknown>();
  const judge = (message: unknown): boolean => {
    if (!isRecord(message)) return false;
    if (typeof message["method"] !== "string") return "id" in message && asked.delete(message["id"]);
    if ("id" in message) return true;
    if (message["method"] === UPDATE) onUpdate(message["params"]);
    return false;
  };
  const readable = stream.readable.pipeThrough(new TransformStream<AnyMessage, AnyMessage>({
    transform: (message, controller) => { if (judge(message)) controller.enqueue(message); },
  }));
  const writer = stream.writable.getWriter();
  const writable = new WritableStream<AnyMessage>({
    write: (message) => {
      if ("method" in message && "id" in message) asked.add(message.id);
      return writer.write(message);
    },
  });
  return { readable, writable };
};
