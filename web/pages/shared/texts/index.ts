/** Every sentence of the pages, by the page it stands on. */
export { shared } from "./shared.js";
export { chat } from "./chat.js";
export { control } from "./control.js";
