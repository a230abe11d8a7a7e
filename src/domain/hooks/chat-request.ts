import { fieldsOf, listOf, textOf } from "../foreign-fields.js";

/** What a client of the OpenAI chat completions API asks an agent. */
export interface ChatRequest {
  /** As the client wrote it, to be told back. */
  readonly model: string;
  readonly agentId?: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly message: string;
  readonly system?: string;
  readonly images: readonly { readonly mimeType: string; readonly base64: string }[];
  /** The same for all that one conversation says, where the client names one. */
  readonly user?: string;
}

export type ChatReading = { readonly kind: "ok"; readonly request: ChatRequest } | { readonly kind: "refused"; readonly message: string; readonly param: string };

const MAX_USER = 128;
const MODEL = /^(?:openclaw|agent)(?:[:/]([A-Za-z0-9][A-Za-z0-9_-]{0,63}))?$/;
const DATA_URL = /^data:(image\/[a-z0-9.+-]{1,40});base64,([A-Za-z0-9+/=\s]+)$/i;

const refuse = (param: string, message: string): ChatReading => ({ kind: "refused", message, param });

interface Turn {
  readonly role: string;
  readonly text: string;
  readonly images: readonly { readonly mimeType: string; readonly base64: string }[];
}

/** Reads a body of `POST /v1/chat/completions`. What came before the last message goes along as text, since an agent's turn is one message. */
export function readChatRequest(body: unknown): ChatReading {
  const fields = fieldsOf(body);
  if (fields === undefined) return refuse("body", "The body must be a JSON object.");
  const { model = "openclaw", messages, stream, user } = fields;
  const named = typeof model === "string" ? MODEL.exec(model) : null;
  if (named === null) return refuse("model", 'model must be "openclaw", or "openclaw:<agent id>".');
  if (!Array.isArray(messages) || messages.length === 0) return refuse("messages", "messages must be a list that is not empty.");
  const turns = listOf(messages).map(turnOf);
  const bad = turns.find((turn) => typeof turn === "string");
  if (turns.length !== messages.length || bad !== undefined) return refuse("messages", typeof bad === "string" ? bad : "Each message must be an object.");
  const said = turns.filter((turn) => typeof turn !== "string");
  const last = said.at(-1);
  if (last === undefined || (last.role !== "user" && last.role !== "tool") || (last.text.trim() === "" && last.images.length === 0)) return refuse("messages", "The last message must be the user's, and not empty.");
  const system = said.filter(({ role }) => role === "system" || role === "developer").map(({ text }) => text).join("\n\n");
  const earlier = said.slice(0, -1).filter(({ role, text }) => (role === "user" || role === "assistant" || role === "tool") && text !== "");
  const history = earlier.map(({ role, text }) => `${role}: ${text}`).join("\n");
  const message = history === "" ? last.text : `Earlier in this conversation:\n${history}\n\nNow the user says:\n${last.text}`;
  return {
    kind: "ok",
    request: {
      model: typeof model === "string" ? model : "openclaw",
      stream: stream === true,
      includeUsage: fieldsOf(fields["stream_options"])?.["include_usage"] === true,
      message: message === "" ? "(an image)" : message,
      images: last.images,
      ...(named[1] === undefined ? {} : { agentId: named[1] }),
      ...(system === "" ? {} : { system }),
      ...(textOf(user) === undefined ? {} : { user: String(user).slice(0, MAX_USER) }),
    },
  };
}

function turnOf({ role, content }: Readonly<Record<string, unknown>>): Turn | string {
  if (typeof role !== "string") return "Each message needs a role.";
  if (content === null || content === undefined) return { role, text: "", images: [] };
  if (typeof content === "string") return { role, text: content, images: [] };
  if (!Array.isArray(content)) return "A message's content must be a text or a list of parts.";
  const texts: string[] = [];
  const images: { mimeType: string; base64: string }[] = [];
  for (const part of listOf(content)) {
    if (part["type"] === "text" && typeof part["text"] === "string") texts.push(part["text"]);
    else if (part["type"] === "image_url") {
      const [, mimeType, base64] = DATA_URL.exec(textOf(fieldsOf(part["image_url"])?.["url"]) ?? "") ?? [];
      // Fetching addresses for whoever calls would let them look into this network.
      if (mimeType === undefined || base64 === undefined) return "An image must come along, as a data: URL in base64.";
      images.push({ mimeType, base64: base64.replace(/\s/g, "") });
    } else return `A part of type ${JSON.stringify(part["type"])?.slice(0, 40)} is not understood; there are text and image_url.`;
  }
  return { role, text: texts.join("\n"), images };
}
