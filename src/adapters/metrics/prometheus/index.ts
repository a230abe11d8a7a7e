import { PrometheusMetrics } from "./prometheus-metrics.js";

export { PrometheusMetrics };

/** Metrics of gateways in this process, to hand to `createGateway` and to serve wherever you like. Make one. */
export const prometheusMetrics = (): Promise<PrometheusMetrics> => PrometheusMetrics.open();
