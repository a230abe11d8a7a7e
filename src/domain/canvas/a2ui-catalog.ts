import { choice, color, flag, list, nested, number, oneOf, record, ref, text, whole, type Shape, type Shapes } from "./a2ui-shape.js";

/** A value that stands in the message, or where it is found in the data. */
const boundText = choice({ literalString: text, path: text });
const boundNumber = choice({ literalNumber: number, path: text });
const boundFlag = choice({ literalBoolean: flag, path: text });
const boundTexts = choice({ literalArray: list(text), path: text });

const children = choice({ explicitList: list(ref), template: record({ componentId: ref, dataBinding: text }) });
const DISTRIBUTIONS = ["start", "center", "end", "spaceBetween", "spaceAround", "spaceEvenly"] as const;
const ALIGNMENTS = ["start", "center", "end", "stretch"] as const;
const inLine = record({ children }, { distribution: oneOf(...DISTRIBUTIONS), alignment: oneOf(...ALIGNMENTS) });

export const ICONS = [
  "accountCircle", "add", "arrowBack", "arrowForward", "attachFile", "calendarToday", "call", "camera", "check", "close", "delete", "download",
  "edit", "event", "error", "favorite", "favoriteOff", "folder", "help", "home", "info", "locationOn", "lock", "lockOpen", "mail", "menu", "moreVert",
  "moreHoriz", "notificationsOff", "notifications", "payment", "person", "phone", "photo", "print", "refresh", "search", "send", "settings", "share",
  "shoppingCart", "star", "starHalf", "starOff", "upload", "visibility", "visibilityOff", "warning",
] as const;
export type IconName = (typeof ICONS)[number];

const action = record(
  { name: text },
  { context: list(record({ key: text, value: choice({ path: text, literalString: text, literalNumber: number, literalBoolean: flag }) })) },
);

/** The components of the standard catalogue of A2UI v0.8, each with its properties. */
export const COMPONENTS: Shapes = {
  Text: record({ text: boundText }, { usageHint: oneOf("h1", "h2", "h3", "h4", "h5", "caption", "body") }),
  Image: record({ url: boundText }, {
    altText: boundText,
    fit: oneOf("contain", "cover", "fill", "none", "scale-down"),
    usageHint: oneOf("icon", "avatar", "smallFeature", "mediumFeature", "largeFeature", "header"),
  }),
  Icon: record({ name: choice({ literalString: oneOf(...ICONS), path: text }) }),
  Video: record({ url: boundText }),
  AudioPlayer: record({ url: boundText }),
  Row: inLine,
  Column: inLine,
  List: record({ children }, { direction: oneOf("vertical", "horizontal"), alignment: oneOf(...ALIGNMENTS) }),
  Card: record({ child: ref }),
  Tabs: record({ tabItems: list(record({ title: boundText, child: ref })) }),
  Divider: record({}, { axis: oneOf("horizontal", "vertical") }),
  Modal: record({ entryPointChild: ref, contentChild: ref }),
  Button: record({ child: ref, action }, { primary: flag }),
  CheckBox: record({ label: boundText, value: boundFlag }),
  TextField: record({ label: boundText }, {
    text: boundText,
    textFieldType: oneOf("date", "longText", "number", "shortText", "obscured"),
    validationRegexp: text,
  }),
  DateTimeInput: record({ value: boundText }, { enableDate: flag, enableTime: flag }),
  MultipleChoice: record({ selections: boundTexts, options: list(record({ label: boundText, value: text })) }, {
    maxAllowedSelections: whole,
    variant: oneOf("checkbox", "chips"),
    filterable: flag,
  }),
  Slider: record({ value: boundNumber }, { label: boundText, minValue: number, maxValue: number }),
};

export const CATALOG_ID = "https://a2ui.org/specification/v0_8/standard_catalog_definition.json";

const VALUE_LEVELS = 5;
const VALUES = { valueString: text, valueNumber: number, valueBoolean: flag } as const;
const entry = nested(VALUE_LEVELS, (deeper) => record({ key: text }, { ...VALUES, ...(deeper === undefined ? {} : { valueMap: list(deeper) }) }));

/** The four messages of A2UI v0.8. That an entry has one value, and a component one type that is known, is judged beside it. */
export const MESSAGES: Readonly<Record<string, Shape>> = {
  beginRendering: record({ surfaceId: ref, root: ref }, { catalogId: text, styles: record({}, { font: text, primaryColor: color }, true) }),
  surfaceUpdate: record({ surfaceId: ref, components: list(record({ id: ref, component: { kind: "anything" } }, { weight: number }), { least: 1 }) }),
  dataModelUpdate: record({ surfaceId: ref, contents: list(entry) }, { path: text }),
  deleteSurface: record({ surfaceId: ref }),
};
