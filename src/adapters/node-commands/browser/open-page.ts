import type { Response } from "playwright-core";
import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import type { Chromium } from "./chromium.js";

export interface Opened {
  /** What the page's server answered with; absent where nobody was asked. */
  readonly status?: number;
  /** Why it is not shown: a whole sentence. */
  readonly problem?: string;
}

/** A page that shows itself and goes on loading, as some do for ever, counts as shown after this long. */
const LOAD_MS = 10_000;

/** A page that changes by itself is asked once it has; one that hangs meanwhile is asked as it is. */
const SETTLE_MS = 2_000;

/** Waits until nothing is loading: the canvas loads its page anew when a file of it was written, and shows nothing for a moment. */
export async function settled({ page }: Chromium, clock: Clock): Promise<void> {
  await withPatience(page.waitForLoadState("load").catch(() => undefined), clock, SETTLE_MS);
}

/** Opens an address and waits until it is loaded, or as good as. */
export async function openPage({ page, cdp }: Chromium, url: string, clock: Clock): Promise<Opened> {
  let status: number | undefined;
  const seen = (response: Response): void => {
    if (response.request().isNavigationRequest() && response.frame() === page.mainFrame()) status = response.status();
  };
  const load = new Load();
  page.on("response", seen);
  cdp.on("Page.lifecycleEvent", load.hear);
  try {
    const { errorText, loaderId, isDownload } = await cdp.send("Page.navigate", { url });
    if (isDownload === true) return { problem: "That address is a file to download, and no page to show." };
    if (errorText !== undefined && errorText !== "") return { problem: `The page could not be opened (${errorText}): check the address, and whether the node's host reaches it.` };
    // Another place of the same page: nothing is loaded.
    if (loaderId !== undefined) await withPatience(load.of(loaderId), clock, LOAD_MS);
    return status === undefined ? {} : { status };
  } finally {
    page.off("response", seen);
    cdp.off("Page.lifecycleEvent", load.hear);
  }
}

/** Loads of documents that began since then. The end of one that was there before says nothing, and may come late. */
class Load {
  readonly #begun = new Set<string>();
  readonly #loaded = new Set<string>();
  #tell = (): void => undefined;

  readonly hear = ({ loaderId, name }: { readonly loaderId: string; readonly name: string }): void => {
    if (name === "init") this.#begun.add(loaderId);
    if (name !== "load") return;
    this.#loaded.add(loaderId);
    this.#tell();
  };

  /** Also where the document leads on at once, and another is loaded in its place. */
  async of(loaderId: string): Promise<void> {
    this.#begun.add(loaderId);
    while (![...this.#loaded].some((one) => this.#begun.has(one))) await new Promise<void>((resolve) => (this.#tell = resolve));
  }
}

async function withPatience(end: Promise<void>, clock: Clock, patienceMs: number): Promise<void> {
  let cancel = (): void => undefined;
  await Promise.race([end, new Promise<void>((resolve) => (cancel = clock.callAt(after(clock.now(), patienceMs), resolve)))]);
  cancel();
}
