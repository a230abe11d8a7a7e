import { html, nothing, render } from "lit";
import { shared } from "../../shared/texts/index.js";

export interface Question {
  readonly title: string;
  readonly text?: string;
  /** What the button that goes ahead says. */
  readonly action: string;
  /** It destroys something, or cannot be taken back. */
  readonly danger?: boolean;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly multiline?: boolean;
  readonly maxLength?: number;
  /** What to choose from, in place of typing. */
  readonly options?: readonly (readonly [value: string, label: string])[];
}

/** Asks whether to go on. Escape means no. */
export const confirmed = async (question: Question): Promise<boolean> => (await asked(question, [])) !== undefined;

/** Asks for a few texts; `undefined` where somebody thought better of it. */
export function asked(question: Question, fields: readonly Field[]): Promise<Readonly<Record<string, string>> | undefined> {
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  dialog.setAttribute("aria-labelledby", "ask-title");
  if (question.text !== undefined) dialog.setAttribute("aria-describedby", "ask-text");
  const opener = document.activeElement;
  return new Promise((resolve) => {
    let answer: Readonly<Record<string, string>> | undefined;
    const submit = (event: SubmitEvent): void => {
      event.preventDefault();
      answer = Object.fromEntries([...new FormData(event.target as HTMLFormElement)].map(([name, value]) => [name, String(value)]));
      dialog.close();
    };
    render(content(question, fields, { submit, cancel: () => dialog.close() }), dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
      resolve(answer);
    });
    (document.querySelector("control-page") ?? document.body).append(dialog);
    dialog.showModal();
  });
}

function content({ title, text, action, danger = false }: Question, fields: readonly Field[], { submit, cancel }: { submit: (event: SubmitEvent) => void; cancel: () => void }) {
  return html`<form @submit=${submit}>
    <h2 id="ask-title">${title}</h2>
    ${text === undefined ? nothing : html`<p id="ask-text">${text}</p>`}
    ${fields.map(fieldOf)}
    <div class="ask-actions">
      <button type="button" class="wa-outlined" ?autofocus=${danger} @click=${cancel}>${shared.cancel}</button>
      <button type="submit" class=${danger ? "wa-danger" : "wa-brand"}>${action}</button>
    </div>
  </form>`;
}

function fieldOf({ name, label, value = "", hint, required = false, multiline = false, maxLength, options }: Field) {
  const id = `ask-${name}`;
  const described = hint === undefined ? nothing : `${id}-hint`;
  const input = options !== undefined
    ? html`<select id=${id} name=${name}>${options.map(([option, text]) => html`<option value=${option} ?selected=${option === value}>${text}</option>`)}</select>`
    : multiline
      ? html`<textarea id=${id} name=${name} rows="3" ?required=${required} aria-describedby=${described} .value=${value}></textarea>`
      : html`<input id=${id} name=${name} autocomplete="off" ?required=${required} maxlength=${maxLength ?? nothing} aria-describedby=${described} .value=${value} />`;
  return html`<div class="field"><label for=${id}>${label}</label>${input}${hint === undefined ? nothing : html`<p id="${id}-hint" class="small quiet">${hint}</p>`}</div>`;
}
