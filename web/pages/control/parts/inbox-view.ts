import { inboxOf, type Waiting } from "../inbox.js";
import { ViewElement } from "./view-element.js";

/** A view of what waits for a person's word: all of them show the one inbox, whose counts stand in the navigation too. */
export abstract class InboxView extends ViewElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(inboxOf(this.connection).waiting);
  }

  protected override read(): Promise<void> {
    return inboxOf(this.connection).refresh();
  }

  protected get waiting(): Waiting {
    return inboxOf(this.connection).waiting.value;
  }
}
