import type { CanvasLink } from "./config.js";
import { readUserAction } from "./user-action.js";

/** A page that posts more at once than a person can do is not heard. */
const MAX_AT_ONCE = 8;

const STATUS_EVENTS = ["openclaw:a2ui-action-status", "clawdbot:a2ui-action-status"];

/** Takes what a person did on a page to the assistant. */
export class ActionTeller {
  readonly #link: CanvasLink;
  #underWay = 0;

  constructor(link: CanvasLink) {
    this.#link = link;
  }

  /** Resolves with the script that tells the page how it went; with nothing for what is no action. */
  async tell(text: string, sessionKey: string | undefined): Promise<string | undefined> {
    const action = this.#underWay < MAX_AT_ONCE ? readUserAction(text) : undefined;
    if (!action) return undefined;
    const { message, id } = action;
    this.#underWay += 1;
    const ok = await this.#link.tell("agent.request", { message, key: id, ...(sessionKey === undefined ? {} : { sessionKey }) });
    this.#underWay -= 1;
    const detail = JSON.stringify({ id, ok, ...(ok ? {} : { error: "The gateway did not take it." }) });
    return STATUS_EVENTS.map((name) => `dispatchEvent(new CustomEvent(${JSON.stringify(name)}, { detail: ${detail} }))`).join(";");
  }
}
