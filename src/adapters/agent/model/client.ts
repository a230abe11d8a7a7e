import { Buffer } from "node:buffer";
import type * as Ai from "ai";
import { UnusableAnswer } from "./failure.js";
import type { ResolvedModel } from "./config.js";

/** One event of a stream; more in one line is no answer but an attack or a broken server. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const NEWLINE = 10;
const RETURN = 13;

export interface Sdk {
  readonly ai: typeof Ai;
  /** The model's client; `fetch` is the only way in which it reaches the network. */
  client(model: ResolvedModel, fetch: typeof globalThis.fetch): Ai.LanguageModel;
}

let loading: Promise<Sdk> | undefined;

/** Loads the SDK on first use: it takes 200 ms and 60 MB, which a gateway without a model should not pay. */
export const loadSdk = (): Promise<Sdk> => {
  loading ??= importSdk().catch((error: unknown) => {
    // Out of memory or file handles for a moment: the next run may find it better.
    loading = undefined;
    throw error;
  });
  return loading;
};

const importSdk = async (): Promise<Sdk> => {
  // One after another: they share most of their modules, so nothing is gained by loading them at once, and module
  // loaders that are built on `node:vm` cannot link the shared ones twice at a time.
  const ai = await import("ai");
  const openai = await import("@ai-sdk/openai-compatible");
  const anthropic = await import("@ai-sdk/anthropic");
  const clientOf = (model: ResolvedModel, fetch: typeof globalThis.fetch) => {
    if (model.api === "anthropic-messages") {
      // Without a key and an address the SDK would take those of the process's environment, meant for somebody else.
      return anthropic.createAnthropic({ baseURL: model.baseUrl, apiKey: model.apiKey ?? "", headers: { ...model.headers }, fetch })(model.model);
    }
    return openai.createOpenAICompatible({
      name: "openaiCompatible",
      baseURL: model.baseUrl,
      ...(model.apiKey === undefined ? {} : { apiKey: model.apiKey }),
      headers: { ...model.headers },
      includeUsage: true,
      fetch,
      // The service itself has renamed this field and refuses the old name for its newer models; those who copied it have not.
      ...(model.official ? { transformRequestBody: ({ max_tokens: limit, ...body }: Record<string, unknown>) => (limit === undefined ? body : { ...body, max_completion_tokens: limit }) } : {}),
    })(model.model);
  };
  return {
    ai,
    client: (model, fetch) => ai.wrapLanguageModel({
      model: clientOf(model, fetch),
      // Warnings would go to the console, and the switch against it is a global that belongs to the embedding process.
      middleware: { specificationVersion: "v3", wrapStream: async ({ doStream }) => withoutWarnings(await doStream()) },
    }),
  };
};

const withoutWarnings = <P extends { readonly type: string }, R extends { readonly stream: ReadableStream<P> }>(result: R): R => ({
  ...result,
  stream: result.stream.pipeThrough(new TransformStream<P, P>({
    transform: (part, controller) => { controller.enqueue(part.type === "stream-start" ? { ...part, warnings: [] } : part); },
  })),
});

/**
 * `fetch` as this adapter wants it: one more try where no byte of an answer came, no redirects (they would carry the key
 * elsewhere), and bounds on what a provider may send.
 */
export const guardFetch = (model: ResolvedModel, fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  async (input, init) => {
    const headers = new Headers(init?.headers);
    if (headers.get("x-api-key") === "") headers.delete("x-api-key");
    const request: RequestInit = { ...init, headers, redirect: "manual" };
    let response: Response;
    try {
      response = await fetch(input, request);
    } catch (error) {
      if (request.signal?.aborted === true) throw error;
      // Often a kept-alive connection that the server had closed meanwhile: nothing was answered, so nothing is repeated.
      response = await fetch(input, request);
    }
    return bounded(response, model);
  };

const bounded = (response: Response, model: ResolvedModel): Response => {
  const type = response.headers.get("content-type") ?? "";
  if (response.ok && /^(?:text\/html|application\/json)\b/iu.test(type)) {
    void response.body?.cancel().catch(() => {});
    throw new UnusableAnswer(`The model provider "${model.provider}" answered with something else than a stream: check models.providers.${model.provider}.baseUrl.`);
  }
  const limit = response.ok ? lineLimit(model) : cutAt(MAX_ERROR_BYTES);
  return new Response(response.body?.pipeThrough(limit) ?? null, { status: response.status, statusText: response.statusText, headers: response.headers });
};

const lineLimit = (model: ResolvedModel): TransformStream<Uint8Array, Uint8Array> => {
  let inLine = 0;
  let inAll = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const end = Math.max(chunk.lastIndexOf(NEWLINE), chunk.lastIndexOf(RETURN));
      inLine = end === -1 ? inLine + chunk.length : chunk.length - end - 1;
      inAll += chunk.length;
      if (inLine > MAX_LINE_BYTES || inAll > MAX_ANSWER_BYTES) {
        controller.error(new UnusableAnswer(`The model provider "${model.provider}" sent more than a model's answer can hold.`));
      } else {
        controller.enqueue(chunk);
      }
    },
  });
};

const cutAt = (limit: number): TransformStream<Uint8Array, Uint8Array> => {
  let left = limit;
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(Buffer.from(chunk.subarray(0, left)));
      left -= chunk.length;
      if (left <= 0) controller.terminate();
    },
  });
};
