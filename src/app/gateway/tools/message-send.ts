import { fieldsOf, listOf, textOf } from "../../../domain/foreign-fields.js";
import type { ButtonAsk } from "../../../domain/messaging/buttons.js";
import type { AgentTool } from "../../../ports/agent-runtime.js";
import type { Ids } from "../../../ports/ids.js";
import type { Delivery } from "../delivery.js";
import { right, text, wrong } from "./arguments.js";

/** Writes to somebody through a channel. */
export function messageSend({ ids, delivery }: { readonly ids: Ids; readonly delivery: Delivery }): AgentTool {
  return {
    name: "message_send",
    description: "Send a text message to a person or chat through one of the gateway's channels.",
    parameters: {
      type: "object",
      properties: {
        channel: { type: "string", description: "Channel id, such as telegram or webchat." },
        to: { type: "string", description: "The recipient's id on that channel; for webchat a session key." },
        message: { type: "string", description: "The text to send." },
        buttons: {
          type: "array",
          description: "Rows of buttons below the text, on channels that have such. A pressed one comes back as a message with its data.",
          items: {
            type: "array",
            items: { type: "object", properties: { text: { type: "string" }, data: { type: "string" }, url: { type: "string" } }, required: ["text"], additionalProperties: false },
          },
        },
      },
      required: ["channel", "to", "message"],
      additionalProperties: false,
    },
    run: async (args) => {
      const [channel, to, message] = [text(args, "channel"), text(args, "to"), text(args, "message")];
      if (channel === undefined || to === undefined || message === undefined) return wrong("channel, to and message must be non-empty strings.");
      const buttons = rowsOfButtons(args);
      if (buttons === "unreadable") return wrong("buttons must be rows of objects with a text, and data or a url.");
      const outcome = await delivery.send({ id: `tool:${ids.uuid()}`, channel, to, text: message, ...(buttons === undefined ? {} : { buttons }) });
      return outcome.kind === "delivered"
        ? right({ delivered: true, channel: outcome.channel, messageId: outcome.messageId })
        : wrong(outcome.error.message);
    },
  };
}

function rowsOfButtons(args: unknown): readonly (readonly ButtonAsk[])[] | "unreadable" | undefined {
  const rows = fieldsOf(args)?.["buttons"];
  if (rows === undefined) return undefined;
  if (!Array.isArray(rows)) return "unreadable";
  const read = rows.map((row: unknown) => listOf(row).flatMap(({ text: label, data, url }): ButtonAsk[] => {
    const [said, comesBack, opens] = [textOf(label), textOf(data), textOf(url)];
    return said === undefined ? [] : [{ text: said, ...(comesBack === undefined ? {} : { data: comesBack }), ...(opens === undefined ? {} : { url: opens }) }];
  }));
  return read.some((row, nth) => row.length === 0 || row.length !== (rows[nth] as readonly unknown[]).length) ? "unreadable" : read;
}
