// One row per figure, for people.

const HEADINGS = ["figure", "", "bare", "gateway", "ratio", "at most", ""];
const LABELS = { wall: "wall", cpu: "CPU", size: "size", wallMs: "wall", p50: "half of them within", p99: "99 in 100 within" };

/** Judges a figure against its limits. Ratios, but for `wallMs`. */
export function judge({ limits, outcome }) {
  const { bare, gateway, unit, missing } = outcome;
  const measures = ["cpu", "wall", "size", "p50", "p99"].filter((kind) => gateway[kind] !== undefined);
  return measures.map((kind) => {
    const ratio = bare === undefined ? undefined : gateway[kind] / bare[kind];
    const absolute = kind === "wall" ? limits.wallMs : undefined;
    const limit = limits[kind] ?? absolute;
    const value = absolute === undefined ? ratio : gateway[kind];
    const met = limit === undefined ? undefined : value <= limit && (missing ?? 0) === 0;
    return { kind, unit, bare: bare?.[kind], gateway: gateway[kind], ratio, limit, limitUnit: absolute === undefined ? "×" : unit, met };
  });
}

export function renderTable(figures) {
  const rows = figures.flatMap(({ name, rows: judged, missing }) =>
    judged.map((row, nth) => [
      nth === 0 ? name + (missing ? ` (${missing} turned away)` : "") : "",
      `${LABELS[row.kind]}, ${row.unit}`,
      number(row.bare),
      number(row.gateway),
      row.ratio === undefined ? "" : `${row.ratio.toFixed(2)}×`,
      row.limit === undefined ? "" : `${row.limit}${row.limitUnit === "×" ? "×" : ` ${row.limitUnit}`}`,
      row.met === undefined ? "" : row.met ? "ok" : "MISSED",
    ]),
  );
  const widths = HEADINGS.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column].length)));
  const isText = (column) => column < 2 || column === 6;
  const line = (row) => row.map((cell, column) => (isText(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join("  ").trimEnd();
  return [line(HEADINGS), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

const number = (value) => (value === undefined ? "" : value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0));
