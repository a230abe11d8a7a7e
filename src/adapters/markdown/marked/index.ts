export { MarkedMarkdown } from "./marked-markdown.js";
