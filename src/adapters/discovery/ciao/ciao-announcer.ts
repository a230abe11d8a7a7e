import { GATEWAY_SERVICE } from "../../../domain/discovery/gateway-service.js";
import type { Announced, Announcement, Announcer } from "../../../ports/announcer.js";

/** How long it may take to say goodbye: a network that is gone hears nothing anyway. */
const GOODBYE_MS = 2_000;

/** Multicast DNS (RFC 6762) and DNS-SD (RFC 6763), by ciao, which is loaded with the first announcement. */
export class CiaoAnnouncer implements Announcer {
  readonly #hostname: string;

  /** `hostname`: this host's name, without `.local`. */
  constructor({ hostname }: { readonly hostname: string }) {
    this.#hostname = hostname;
  }

  async announce({ name, port, txt, address }: Announcement): Promise<Announced> {
    const { default: ciao } = await import("@homebridge/ciao");
    const responder = ciao.getResponder(address === undefined ? {} : { interface: address });
    const service = responder.createService({
      name,
      type: GATEWAY_SERVICE,
      port,
      txt: { ...txt },
      hostname: this.#hostname,
      ...(address === undefined ? {} : { restrictedAddresses: [address] }),
    });
    const close = async (): Promise<void> => {
      let forget: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (forget = setTimeout(resolve, GOODBYE_MS)));
      await Promise.race([late, service.destroy().catch(() => undefined)]);
      clearTimeout(forget);
      await responder.shutdown();
    };
    try {
      await service.advertise();
    } catch (error) {
      await close();
      throw error;
    }
    return { update: (next) => service.updateTxt({ ...next }), close };
  }
}
