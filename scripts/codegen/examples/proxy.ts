import type { MethodExamples } from "./shape.js";
import { NOW } from "./world.js";

const TICKET = "0b8f6a52-6c4a-4f0e-9c39-3f1f0f6f2d11";

export const proxyExamples: MethodExamples<"proxy.check.begin" | "proxy.check.read"> = {
  "proxy.check.begin": { params: {}, result: { ticket: TICKET, path: `/openclaw-proxy-check/${TICKET}`, expiresAtMs: NOW + 60_000 } },
  "proxy.check.read": {
    params: { ticket: TICKET },
    result: {
      sightings: [{
        at: NOW, address: "127.0.0.1", place: "loopback", trusted: true, client: "203.0.113.7", locality: "remote", forwarded: true, tls: false,
        host: "gateway.example.com", hostAllowed: true, headers: { host: "gateway.example.com", "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https" },
      }],
    },
  },
};
