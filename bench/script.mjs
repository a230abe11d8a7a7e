// What a message makes the servers tell everybody: "single 40" for forty events in a turn of the event loop each,
// "burst 10 x 4" for four turns of ten.

export function parseScript(message) {
  const [, kind, count, rounds = "1"] = /^(single|burst) (\d+)(?: x (\d+))?$/.exec(message) ?? [];
  if (kind === undefined) return undefined;
  return kind === "single" ? { size: 1, rounds: Number(count) } : { size: Number(count), rounds: Number(rounds) };
}

/** Pieces of text; between two rounds everything else that is due gets its turn. */
export async function* playScript({ size, rounds }) {
  for (let round = 0; round < rounds; round += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    for (let piece = 0; piece < size; piece += 1) yield "w ";
  }
}
