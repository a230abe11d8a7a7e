import { canvasFileSegments } from "../../../domain/canvas/path.js";
import { fieldsOf } from "../../../domain/foreign-fields.js";
import type { AgentTool, ToolAnswer } from "../../../ports/agent-runtime.js";
import type { CanvasFiles } from "../../../ports/canvas-files.js";
import { right, text, wrong } from "./arguments.js";

const MAX_LISTED = 200;
const MAX_READ_BYTES = 100_000;
const MAX_WRITTEN = 1_000_000;

const ACTIONS = ["list", "read", "write", "remove"] as const;

/** The pages of the canvas, for an agent without a workspace of its own to write them in. `files` gives nothing where there is no canvas. */
export function canvasFiles(files: () => Promise<CanvasFiles | undefined>): AgentTool {
  return {
    name: "canvas_files",
    description: "List, read, write or remove the files that the canvas shows: HTML, CSS, scripts, SVG, text. A page that is shown loads anew by itself.",
    parameters: {
      type: "object",
      properties: {
        action: { type: "string", enum: ACTIONS },
        path: { type: "string", description: "From the canvas's front, such as board.html or charts/may.svg; index.html is the front page." },
        content: { type: "string", description: "For write: the whole file." },
      },
      required: ["action"],
      additionalProperties: false,
    },
    run: async (args) => {
      const folder = await files();
      if (folder === undefined) return wrong("This gateway has no canvas.");
      const action = text(args, "action");
      if (action === "list") return right({ files: await folder.list(MAX_LISTED) });
      const path = text(args, "path");
      const segments = path === undefined ? undefined : canvasFileSegments(path);
      if (segments === undefined) return wrong("path names a file by slashes and plain names, such as board.html: no hidden names, no .., no backslashes, nothing percent-encoded.");
      switch (action) {
        case "read":
          return read(folder, segments);
        case "write":
          return write(folder, segments, fieldsOf(args)?.["content"]);
        case "remove":
          return (await folder.remove(segments)) ? right({ removed: segments.join("/") }) : MISSING;
        default:
          return wrong(`action is one of ${ACTIONS.join(", ")}.`);
      }
    },
  };
}

const MISSING = wrong("There is no such file; see what list gives.");

async function read(folder: CanvasFiles, segments: readonly string[]): Promise<ToolAnswer> {
  const found = await folder.read(segments, MAX_READ_BYTES);
  if (found.kind === "missing") return MISSING;
  return found.kind === "text" ? right({ content: found.text }) : wrong(`The file has ${found.bytes} bytes; up to ${MAX_READ_BYTES} can be read.`);
}

async function write(folder: CanvasFiles, segments: readonly string[], content: unknown): Promise<ToolAnswer> {
  if (typeof content !== "string") return wrong("write needs content: the whole text of the file.");
  if (content.length > MAX_WRITTEN) return wrong(`content has ${content.length} characters; a file may have ${MAX_WRITTEN}.`);
  const path = segments.join("/");
  return (await folder.write(segments, content)) === "written" ? right({ written: path, url: `/${path}` }) : wrong(`${path} can't be a file: a folder is called so, or a file stands where a folder would be. Choose another path.`);
}
