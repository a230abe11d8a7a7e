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

/** Opens an address and waits until it is loaded, or as good as. */
export async function openPage({ page, cdp }: Chromium, url: string, clock: Clock): Promise<Opened> {
  let status: number | undefined;
  const seen = (response: Response): void => {
    if (response.request().isNavigationRequest() && response.frame() === page.mainFrame()) status = response.status();
  };
  let loaded = (): void => undefined;
  const isLoaded = new Promise<void>((resolve) => (loaded = resolve));
  page.on("response", seen);
  page.once("load", loaded);
  try {
    const { errorText, loaderId, isDownload } = await cdp.send("Page.navigate", { url });
    if (isDownload === true) return { problem: "That address is a file to download, and no page to show." };
    if (errorText !== undefined && errorText !== "") return { problem: `The page could not be opened (${errorText}): check the address, and whether the node's host reaches it.` };
    // Another place of the same page: nothing is loaded.
    if (loaderId !== undefined) await withPatience(isLoaded, clock);
    return status === undefined ? {} : { status };
  } finally {
    page.off("response", seen);
    page.off("load", loaded);
  }
}

async function withPatience(end: Promise<void>, clock: Clock): Promise<void> {
  let cancel = (): void => undefined;
  await Promise.race([end, new Promise<void>((resolve) => (cancel = clock.callAt(after(clock.now(), LOAD_MS), resolve)))]);
  cancel();
}
