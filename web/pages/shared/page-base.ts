import { ContextProvider } from "@lit/context";
import { Connection, connectionContext } from "./connection.js";
import { PageElement } from "./element.js";
import { takeFragmentSecret } from "./endpoint.js";
import { isShown } from "./shell.js";
import { theme } from "./theme.js";

/** A whole page: it has the connection, hands it to what is in it, and notices when it was let in. */
export abstract class ConnectedPage extends PageElement {
  readonly connection: Connection;
  protected wasOpen = false;
  protected readonly provider: ContextProvider<typeof connectionContext, this>;

  constructor(mode: "ui" | "webchat") {
    super();
    const secret = takeFragmentSecret(location, history);
    this.connection = new Connection({ href: location.href, mode, secret });
    this.provider = new ContextProvider(this, { context: connectionContext, initialValue: this.connection });
    this.connection.state.onChange((status) => {
      this.wasOpen = isShown(status, this.wasOpen);
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.follow(this.connection.state, theme);
    void this.connection.start();
  }
}
