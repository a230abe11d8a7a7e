import type { Certificates } from "../../ports/certificates.js";
import { renderTxt, type GatewayFacts } from "../../domain/discovery/gateway-service.js";
import { reasonOf } from "../../domain/reason.js";
import type { Announced, Announcer } from "../../ports/announcer.js";
import type { Log } from "../../ports/log.js";

interface Parts {
  /** Made when something is to be announced. */
  readonly announcer: () => Promise<Announcer>;
  readonly log: Log;
}

interface Wish {
  readonly facts: GatewayFacts;
  /** The one address that the gateway listens at, where it is one. */
  readonly address?: string;
  /** Where its certificate comes from: a renewal is told. */
  readonly certificates?: Certificates | undefined;
}

/** A gateway's word on its local network, beside the gateway, which does not wait for it. */
export class GatewayAnnouncement {
  readonly #log: Log;
  #working: Promise<Announced | undefined>;
  readonly #unwatch: () => void;

  constructor({ announcer, log }: Parts, wish: Wish) {
    this.#log = log;
    this.#working = this.#announce(announcer, wish);
    this.#unwatch = wish.certificates?.watch((next) => this.#tell({ ...wish.facts, tlsFingerprint: next.fingerprint }), () => undefined) ?? (() => undefined);
  }

  async #announce(announcer: Parts["announcer"], { facts, address }: Wish): Promise<Announced | undefined> {
    try {
      const announced = await (await announcer()).announce({ name: facts.displayName, port: facts.port, txt: renderTxt(facts), ...(address === undefined ? {} : { address }) });
      this.#log.info("the gateway announces itself on the local network", { name: facts.displayName, port: facts.port });
      return announced;
    } catch (error) {
      this.#log.warn("the gateway cannot announce itself on the local network; set discovery.mdns.mode to \"off\" where it shall not", { reason: reasonOf(error) });
      return undefined;
    }
  }

  /** What there was to say has been said. */
  get settled(): Promise<unknown> {
    return this.#working;
  }

  #tell(facts: GatewayFacts): void {
    this.#working = this.#working.then((announced) => {
      announced?.update(renderTxt(facts));
      return announced;
    });
  }

  async close(): Promise<void> {
    this.#unwatch();
    await (await this.#working)?.close().catch((error: unknown) => this.#log.warn("the gateway could not say goodbye to the local network", { reason: reasonOf(error) }));
  }
}

/** The announcer of a daemon, whose code is read when it is first needed. */
export const mdnsAnnouncer = async (hostname: string): Promise<Announcer> => {
  const { CiaoAnnouncer } = await import("../../adapters/discovery/ciao/index.js");
  return new CiaoAnnouncer({ hostname });
};
