import type { Browser, CDPSession, Page } from "playwright-core";
import { after } from "../../../domain/moment.js";
import type { Clock } from "../../../ports/clock.js";
import { DEFAULT_HEIGHT, DEFAULT_WIDTH, type BrowserConfig } from "./config.js";
import type { Placement } from "./params.js";

/** Why there is no browser: a whole sentence that says what to do. */
export class BrowserFault extends Error {
  override readonly name = "BrowserFault";
}

export interface ChromiumParts {
  readonly executablePath: string;
  readonly config: BrowserConfig;
  readonly clock: Clock;
  /** Its only way out. */
  readonly proxyUrl: string;
  /** What a page posts for the assistant, and the address of the page that did. */
  readonly onAction: (text: string, pageUrl: string) => void;
}

const LAUNCH_TIMEOUT_MS = 30_000;
/** A page that has lost its mind is not asked for long whether it minds. */
const CLOSE_TIMEOUT_MS = 3_000;
const BINDING = "__nodeCanvasAction";

/** Runs in each page before its own scripts: where the canvas's pages look for a native app, they find this node. */
const BRIDGE = `(() => {
  const send = globalThis[${JSON.stringify(BINDING)}];
  const door = Object.freeze({ postMessage: (said) => void send(typeof said === "string" ? said : JSON.stringify(said)) });
  for (const name of ["openclawCanvasA2UIAction", "clawdbotCanvasA2UIAction"]) globalThis[name] = door;
})();`;

/** One browser with one page. It is over when {@link isOpen} says so, and is never mended. */
export class Chromium {
  readonly page: Page;
  readonly cdp: CDPSession;
  readonly #browser: Browser;
  readonly #clock: Clock;
  #isOpen = true;
  /** What its window takes beside the page. */
  #frame = { width: 0, height: 0 };

  private constructor({ browser, page, cdp, clock }: { browser: Browser; page: Page; cdp: CDPSession; clock: Clock }) {
    this.#browser = browser;
    this.#clock = clock;
    this.page = page;
    this.cdp = cdp;
    browser.on("disconnected", () => (this.#isOpen = false));
    for (const event of ["crash", "close"] as const) page.on(event as "close", () => (this.#isOpen = false));
    page.on("popup", (popup) => void popup.close().catch(() => undefined));
  }

  static async launch(parts: ChromiumParts): Promise<Chromium> {
    const { chromium: driver } = await import("playwright-core");
    const { executablePath, config, proxyUrl } = parts;
    const browser = await driver
      .launch({
        executablePath,
        chromiumSandbox: config.sandbox ?? true,
        timeout: LAUNCH_TIMEOUT_MS,
        // Loopback goes that way too: it is where the services are that trust whoever reaches them.
        proxy: { server: proxyUrl, bypass: "<-loopback>" },
        args: ["--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-sync", "--disable-domain-reliability"],
        // Signals are for whoever runs this process.
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      })
      .catch((error: unknown) => {
        throw faultOf(error);
      });
    const context = await browser.newContext({ viewport: null, acceptDownloads: false, serviceWorkers: "block" });
    await context.exposeBinding(BINDING, ({ page, frame }, text: unknown) => {
      if (typeof text === "string" && frame === page.mainFrame()) parts.onAction(text, frame.url());
    });
    await context.addInitScript(BRIDGE);
    const page = await context.newPage();
    const opened = new Chromium({ browser, page, cdp: await context.newCDPSession(page), clock: parts.clock });
    await opened.#prepare(config);
    return opened;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Moves and sizes the page's window. There is no screen, so its place is only what the page is told of it. */
  async place({ x, y, width, height }: Placement): Promise<void> {
    const { windowId } = await this.cdp.send("Browser.getWindowForTarget");
    const bounds = {
      ...(x === undefined ? {} : { left: x }),
      ...(y === undefined ? {} : { top: y }),
      ...(width === undefined ? {} : { width: width + this.#frame.width }),
      ...(height === undefined ? {} : { height: height + this.#frame.height }),
    };
    if (Object.keys(bounds).length > 0) await this.cdp.send("Browser.setWindowBounds", { windowId, bounds });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    let cancelPatience = (): void => undefined;
    const patience = new Promise<void>((resolve) => {
      cancelPatience = this.#clock.callAt(after(this.#clock.now(), CLOSE_TIMEOUT_MS), resolve);
    });
    // The driver ends the process where it does not end itself; that goes on also when it is no longer waited for.
    await Promise.race([this.#browser.close().catch(() => undefined), patience]);
    cancelPatience();
  }

  async #prepare(config: BrowserConfig): Promise<void> {
    for (const domain of ["Page.enable", "Runtime.enable"] as const) await this.cdp.send(domain);
    await this.cdp.send("Page.setLifecycleEventsEnabled", { enabled: true });
    const { result } = await this.cdp.send("Runtime.evaluate", { expression: "({ width: outerWidth - innerWidth, height: outerHeight - innerHeight })", returnByValue: true });
    this.#frame = result.value as { width: number; height: number };
    await this.place({ width: config.width ?? DEFAULT_WIDTH, height: config.height ?? DEFAULT_HEIGHT });
  }
}

function faultOf(error: unknown): BrowserFault {
  const message = error instanceof Error ? error.message : "";
  if (/sandbox/i.test(message)) {
    return new BrowserFault("The browser cannot set up its sandbox here, as when it runs as root or in a container: run the node as another user, or set node.browser.sandbox to false.", { cause: error });
  }
  return new BrowserFault("The browser does not start: run it by hand on the node's host to see why, or name another one in node.browser.executablePath.", { cause: error });
}
