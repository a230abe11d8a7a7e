import { Data } from "@a2ui/lit/v0_8";
import { SignalWatcher } from "@lit-labs/signals";
import { ContextProvider } from "@lit/context";
import * as UI from "@a2ui/lit/ui";
import { html, LitElement } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { readA2uiMessages } from "../../src/domain/canvas/a2ui.js";
import { freshId, tellDevice, type UserAction } from "../device.js";
import { ACTION, type ActionDetail } from "./components/button.js";
import { StatusLine } from "./status.js";
import { plainId, SurfaceBook, SurfaceError } from "./surface-book.js";
import { THEME } from "./theme.js";

type Processor = ReturnType<typeof Data.createSignalA2uiMessageProcessor>;

const processor: Processor = Data.createSignalA2uiMessageProcessor();
const book = new SurfaceBook();

/** All surfaces, one below the other, in the order in which they came. */
class Stage extends SignalWatcher(LitElement) {
  // Found by what is inside, through an event that it listens for.
  readonly theme = new ContextProvider(this, { context: UI.Context.themeContext, initialValue: THEME });

  // In the page itself, so that its styles reach the surfaces.
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render() {
    return repeat(processor.getSurfaces(), ([id]) => id, ([id, surface]) => html`<a2ui-surface .surfaceId=${id} .surface=${surface} .processor=${processor}></a2ui-surface>`);
  }
}

customElements.define("canvas-stage", Stage);

const stage = document.createElement("canvas-stage");
document.getElementById("stage")?.prepend(stage);
const status = new StatusLine(document.getElementById("status") ?? document.body.appendChild(document.createElement("div")));

stage.addEventListener(ACTION, (event) => {
  const { name, context, surfaceId, sourceComponentId } = (event as CustomEvent<ActionDetail>).detail;
  const action: UserAction = { id: freshId(), name, surfaceId, sourceComponentId: plainId(sourceComponentId), timestamp: new Date().toISOString(), context };
  try {
    if (tellDevice(action)) status.sent(action.id);
    else status.say("No device is listening: this page is open in a browser, not in an app.", true);
  } catch {
    status.say("The app that shows this page did not take it.", true);
  }
});

/** Shows what agents send. Throws an Error with a whole sentence where a message is wrong; then none of them is shown. */
function applyMessages(messages: unknown): { readonly ok: true; readonly surfaces: readonly string[] } {
  const read = readA2uiMessages(messages);
  if (!read.ok) throw new Error(`Message ${read.line}${read.key === "" ? "" : `, ${read.key}`}: ${read.message}`);
  for (const [at, message] of read.messages.entries()) {
    try {
      processor.processMessages([book.prepare(message) as Parameters<Processor["processMessages"]>[0][number]]);
    } catch (error) {
      const said = error instanceof SurfaceError ? error.message : "The renderer could not show it.";
      status.say(said, true);
      throw new Error(`Message ${at + 1}: ${said}`, { cause: error });
    }
  }
  return { ok: true, surfaces: [...processor.getSurfaces().keys()] };
}

function reset(): { readonly ok: true } {
  processor.clearSurfaces();
  book.reset();
  return { ok: true };
}

Object.assign(globalThis, { openclawA2UI: { applyMessages, reset }, clawdbotA2UI: { applyMessages, reset } });
