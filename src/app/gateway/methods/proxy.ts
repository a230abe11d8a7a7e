import { invalidRequest } from "../../../domain/protocol/errors.js";
import type { proxyMethods } from "../../../domain/protocol/methods/proxy.js";
import { done, refused, type Handlers } from "../call.js";
import type { Services } from "../services.js";

/** What a proxy makes of requests. */
export function proxyHandlers({ proxies }: Services): Handlers<keyof typeof proxyMethods> {
  return {
    "proxy.check.begin": (_params, { principal }) => done(proxies.begin(principal)),
    "proxy.check.read": ({ ticket }, { principal }) => {
      const sightings = proxies.read(ticket, principal);
      if (sightings === undefined) return refused(invalidRequest("this check is over, or somebody else began it; begin another"));
      return done({ sightings: [...sightings] });
    },
  };
}
