import { cell } from "./output.js";
import type { Sink } from "./io.js";

const FRAMES = ["-", "\\", "|", "/"];
const CLEAR_LINE = "\r\u001b[K";

export interface Progress {
  say(label: string): void;
  /** Takes the line away. More than once is fine. */
  stop(): void;
}

/** A line that shows something is going on, on a terminal only: in a file or a pipe it would be litter. */
export function startProgress(sink: Sink, label: string): Progress {
  if (!sink.isTTY) return { say: () => undefined, stop: () => undefined };
  let text = cell(label, 60);
  let tick = 0;
  const draw = (): void => void sink.write(`${CLEAR_LINE}${FRAMES[tick++ % FRAMES.length]} ${text}`);
  const timer = setInterval(draw, 120);
  let running = true;
  draw();
  return {
    say(next) {
      text = cell(next, 60);
    },
    stop() {
      if (running) sink.write(CLEAR_LINE);
      running = false;
      clearInterval(timer);
    },
  };
}
