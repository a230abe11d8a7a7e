import { html, type TemplateResult } from "lit";
import chatIcon from "icon:forum-outline-rounded";
import { define } from "../shared/element.js";
import { icon } from "../shared/icon.js";
import { ConnectedPage } from "../shared/page-base.js";
import { renderShell } from "../shared/shell.js";
import { chat } from "../shared/texts/index.js";

/** WebChat. */
export class ChatPage extends ConnectedPage {
  constructor() {
    super("webchat");
  }

  protected override render(): TemplateResult {
    const content = (): TemplateResult => html`<div class="empty">${icon(chatIcon)}<h2>${chat.empty.title}</h2><p>${chat.empty.text}</p></div>`;
    return renderShell({ page: "chat", connection: this.connection, wasOpen: this.wasOpen, content });
  }
}

define("chat-page", ChatPage);
