/** What is traced. Free of texts, ids of people and secrets, like the metrics. */
export type SpanFacts =
  | { readonly kind: "request"; readonly method: string; readonly role: string; readonly protocol: number }
  | { readonly kind: "turn"; readonly agentId: string }
  | { readonly kind: "send"; readonly channel: string; readonly accountId: string; readonly action: "send" | "edit" };

export interface Span {
  /** It did not turn out well; by one of a few reasons. */
  failed(reason: string): void;
}

/** Tells somebody's tracing what a gateway is at. */
export interface Tracing {
  /** Does the work inside of a span: what the work begins belongs to it. The span ends with the work, however that ends. */
  span<T>(facts: SpanFacts, work: (span: Span) => Promise<T>): Promise<T>;
}
