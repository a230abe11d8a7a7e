type Fields = Readonly<Record<string, unknown>>;

const MOST = { blocks: 50, section: 3_000, elements: 25, label: 75, value: 2_000, url: 3_000, id: 255, rows: 100, columns: 20, characters: 10_000 };

const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isText = (value: unknown, most: number): value is string => typeof value === "string" && value.length >= 1 && value.length <= most;

/** What Slack finds wrong with the blocks of a message, in words like its own; nothing where it takes them. */
export function faultOf(blocks: unknown): string | undefined {
  if (!Array.isArray(blocks)) return "must provide an array";
  if (blocks.length > MOST.blocks) return `no more than ${MOST.blocks} items allowed [json-pointer:/blocks]`;
  const all = blocks.map(fieldsOf);
  if (all.filter(({ type }) => type === "table").length > 1) return "only_one_table_allowed";
  if (hasTwice(all.flatMap(({ block_id: id }) => (id === undefined ? [] : [id])))) return "block_id must be unique";
  for (const [at, block] of all.entries()) {
    const fault = block["block_id"] !== undefined && !isText(block["block_id"], MOST.id) ? "block_id is too long" : FAULTS[String(block["type"])]?.(block);
    if (!Object.hasOwn(FAULTS, String(block["type"]))) return `unsupported type: ${String(block["type"])} [json-pointer:/blocks/${at}/type]`;
    if (fault !== undefined) return `${fault} [json-pointer:/blocks/${at}]`;
  }
  return undefined;
}

const hasTwice = (ids: readonly unknown[]): boolean => new Set(ids).size < ids.length;

const FAULTS: Readonly<Record<string, (block: Fields) => string | undefined>> = {
  section: ({ text }) => {
    const { type, text: said } = fieldsOf(text);
    if (type !== "mrkdwn" && type !== "plain_text") return "unsupported text type";
    return isText(said, MOST.section) ? undefined : `must be between 1 and ${MOST.section} characters`;
  },
  actions: ({ elements }) => {
    const buttons = listOf(elements).map(fieldsOf);
    if (buttons.length === 0 || buttons.length > MOST.elements) return `must have between 1 and ${MOST.elements} elements`;
    if (hasTwice(buttons.map(({ action_id: id }) => id))) return "action_id must be unique";
    return buttons.map(faultOfButton).find((fault) => fault !== undefined);
  },
  table: faultOfTable,
};

function faultOfButton({ type, text, value, url, action_id: id }: Fields): string | undefined {
  if (type !== "button") return "unsupported element";
  if (fieldsOf(text)["type"] !== "plain_text" || !isText(fieldsOf(text)["text"], MOST.label)) return `must be between 1 and ${MOST.label} characters`;
  if (value !== undefined && !isText(value, MOST.value)) return "invalid value";
  if (url !== undefined && !isText(url, MOST.url)) return "invalid url";
  return id === undefined || isText(id, MOST.id) ? undefined : "invalid action_id";
}

function faultOfTable({ rows, column_settings: settings }: Fields): string | undefined {
  const all = listOf(rows).map(listOf);
  if (all.length === 0 || all.length > MOST.rows) return `must have between 1 and ${MOST.rows} rows`;
  if (all.some((row) => row.length === 0 || row.length > MOST.columns)) return `must have between 1 and ${MOST.columns} cells`;
  if (all.some((row) => row.length !== all[0]?.length)) return "rows must be of equal length";
  if (listOf(settings).length > MOST.columns) return "too many column_settings";
  let characters = 0;
  for (const cell of all.flat()) {
    const texts = textsIn(cell);
    if (texts === undefined) return "failed to match any allowed schemas";
    characters += texts.join("").length;
  }
  return characters > MOST.characters ? `must be no more than ${MOST.characters} characters over all cells` : undefined;
}

/** What a cell of rich text says; `undefined` for one that Slack does not take. */
function textsIn(cell: unknown): readonly string[] | undefined {
  const { type, elements } = fieldsOf(cell);
  const sections = listOf(elements).map(fieldsOf);
  if (type !== "rich_text" || sections.length === 0) return undefined;
  const texts: string[] = [];
  for (const section of sections) {
    const inner = listOf(section["elements"]).map(fieldsOf);
    if (section["type"] !== "rich_text_section" || inner.length === 0) return undefined;
    for (const { type: kind, text, url, style } of inner) {
      const isKnown = kind === "text" ? isText(text, Infinity) : kind === "link" && isText(url, MOST.url) && (text === undefined || isText(text, Infinity));
      const isStyled = Object.entries(fieldsOf(style)).every(([name, on]) => ["bold", "italic", "strike", "code"].includes(name) && on === true);
      if (!isKnown || !isStyled) return undefined;
      texts.push(typeof text === "string" ? text : String(url));
    }
  }
  return texts;
}
