import { MarkedMarkdown } from "../../src/adapters/markdown/marked/index.js";
import { markdownContract } from "../../src/testing/contracts/markdown.js";

markdownContract("marked", () => new MarkedMarkdown());
