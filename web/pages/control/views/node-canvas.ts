import { html, nothing, type TemplateResult } from "lit";
import cameraIcon from "icon:photo-camera-outline-rounded";
import type { NodeRow } from "../../../../src/domain/protocol/methods/nodes.js";
import type { Connection } from "../../shared/connection.js";
import { define, PageElement } from "../../shared/element.js";
import { explain } from "../../shared/explain.js";
import { when } from "../../shared/format.js";
import { icon } from "../../shared/icon.js";
import { nodes } from "../../shared/texts/control/nodes.js";
import { pictureOf } from "../parts/picture.js";
import { press } from "../parts/pieces.js";

const texts = nodes.canvas;

/** A picture of a node's canvas, taken when somebody asks for it. */
export class NodeCanvas extends PageElement {
  static override properties = { connection: { attribute: false }, node: { attribute: false }, picture: { state: true }, problem: { state: true }, busy: { state: true } };
  declare connection: Connection;
  declare node: NodeRow;
  declare picture: { readonly url: string; readonly at: number } | undefined;
  declare problem: string | undefined;
  declare busy: boolean;

  constructor() {
    super();
    this.busy = false;
  }

  async #take(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = undefined;
    try {
      const { payload } = await this.connection.call("node.invoke", { nodeId: this.node.nodeId, command: "canvas.snapshot", params: { format: "jpeg", maxWidth: 1_200 } });
      const url = pictureOf(payload);
      if (url === undefined) throw new Error(texts.none);
      this.picture = { url, at: Date.now() };
    } catch (error) {
      this.problem = explain(error);
    } finally {
      this.busy = false;
    }
  }

  protected override render(): TemplateResult {
    const { picture, problem, busy } = this;
    return html`<section class="card" aria-labelledby="canvas-title">
      <div class="thing-head"><h2 id="canvas-title">${texts.title}</h2><span class="end">${press(picture === undefined ? texts.take : texts.again, () => this.#take(), { busy })}</span></div>
      <p class="quiet small">${texts.text}</p>
      <div role="status">${problem === undefined ? nothing : html`<p class="notice danger">${problem}</p>`}
        ${picture === undefined
          ? html`<div class="empty canvas-empty">${icon(cameraIcon)}<p>${texts.none}</p></div>`
          : html`<figure><img class="canvas" src=${picture.url} alt=${texts.alt} /><figcaption>${texts.at} ${when(picture.at)}</figcaption></figure>`}</div>
    </section>`;
  }
}

define("node-canvas", NodeCanvas);
