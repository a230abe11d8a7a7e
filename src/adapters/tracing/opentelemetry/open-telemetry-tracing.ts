import type { Attributes, SpanOptions, Tracer } from "@opentelemetry/api";
import type * as OpenTelemetry from "@opentelemetry/api";
import type { Span, SpanFacts, Tracing } from "../../../ports/tracing.js";

/** Tells spans to whatever SDK is registered in this process: the API alone does nothing. */
export class OpenTelemetryTracing implements Tracing {
  readonly #api: typeof OpenTelemetry;
  readonly #tracer: Tracer;

  private constructor(api: typeof OpenTelemetry, tracer: Tracer) {
    this.#api = api;
    this.#tracer = tracer;
  }

  /** Loads the API. Rejects where that package is not installed. */
  static async open(version: string): Promise<OpenTelemetryTracing> {
    const api = await import("@opentelemetry/api");
    return new OpenTelemetryTracing(api, api.trace.getTracer("openclaw-gateway", version));
  }

  span<T>(facts: SpanFacts, work: (span: Span) => Promise<T>): Promise<T> {
    const { SpanStatusCode } = this.#api;
    const { name, options } = this.#described(facts);
    return this.#tracer.startActiveSpan(name, options, async (span) => {
      const failed = (reason: string): void => {
        span.setAttribute("error.type", reason);
        span.setStatus({ code: SpanStatusCode.ERROR });
      };
      try {
        return await work({ failed });
      } catch (error) {
        // Its message may quote what somebody wrote; whoever reads traces gets its name.
        failed(error instanceof Error ? error.name : "unknown");
        throw error;
      } finally {
        span.end();
      }
    });
  }

  #described(facts: SpanFacts): { readonly name: string; readonly options: SpanOptions } {
    const { SpanKind } = this.#api;
    switch (facts.kind) {
      case "request":
        return described(`request ${facts.method}`, SpanKind.SERVER, { "rpc.system": "openclaw", "rpc.method": facts.method, "openclaw.role": facts.role, "openclaw.protocol": facts.protocol });
      case "turn":
        return described("turn", SpanKind.INTERNAL, { "openclaw.agent": facts.agentId });
      case "send":
        return described(`${facts.action} ${facts.channel}`, SpanKind.CLIENT, { "openclaw.channel": facts.channel, "openclaw.account": facts.accountId });
    }
  }
}

const described = (name: string, kind: OpenTelemetry.SpanKind, attributes: Attributes) => ({ name, options: { kind, attributes } });
