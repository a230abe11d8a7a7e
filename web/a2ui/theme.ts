import type { Types } from "@a2ui/lit/v0_8";

/**
 * Class names for what the renderer draws by itself; the rules to them are in `structural-styles.ts`. It copies this
 * object, and looks up every component in it, so each must be there. It also takes names that begin alike, up to their
 * last dash, for one that replaces the other.
 */
const none = {};
const parts = { container: none, element: none, label: none };

export const THEME: Types.Theme = {
  components: {
    AudioPlayer: { "media-box": true },
    Button: none,
    Card: { "card-box": true },
    Column: { "gap-box": true },
    CheckBox: parts,
    DateTimeInput: parts,
    Divider: { "divider-line": true },
    Image: { all: none, icon: none, avatar: none, smallFeature: none, mediumFeature: none, largeFeature: none, header: none },
    Icon: none,
    List: { "gap-box": true },
    Modal: { backdrop: none, element: none },
    MultipleChoice: parts,
    Row: { "gap-box": true },
    Slider: parts,
    Tabs: { container: { "tabs-box": true }, element: { "tabs-bar": true }, controls: { all: { "tab-all": true }, selected: { "chosen-tab": true } } },
    Text: { all: none, h1: none, h2: none, h3: none, h4: none, h5: none, caption: none, body: none },
    TextField: parts,
    Video: { "media-box": true },
  },
  elements: { a: none, audio: none, body: none, button: none, h1: none, h2: none, h3: none, h4: none, h5: none, iframe: none, input: none, p: none, pre: none, textarea: none, video: none },
  markdown: { p: [], h1: [], h2: [], h3: [], h4: [], h5: [], ul: [], ol: [], li: [], a: [], strong: [], em: [] },
};
