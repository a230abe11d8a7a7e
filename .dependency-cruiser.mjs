// Who may import whom: the table "rooms" of ARCHITECTURE.md as rules. Run as tests by test/architecture/fences.test.ts.

const npm = (...names) => `(^|node_modules/)(${names.join("|")})(/|$)`;
const TYPEBOX = npm("@sinclair/typebox");
const CONTAINER = npm("tsyringe", "reflect-metadata");

/** Which folders may know a package: replacing one of these must touch nothing else. */
const HOMES = {
  ws: ["src/adapters/transport/ws/", "src/adapters/canvas/http/", "src/client/"],
  ajv: ["src/adapters/validation/ajv/"],
  "(chokidar|mrmime)": ["src/adapters/canvas/http/"],
  "ipaddr.js": ["src/adapters/system/", "src/adapters/transport/ws/"],
  "(pino|pino-pretty)": ["src/adapters/log/pino/"],
  json5: ["src/adapters/config/file/", "src/app/cli/"],
  uqr: ["src/adapters/qr/uqr/", "src/app/cli/"],
  marked: ["src/adapters/markdown/marked/"],
  "(ai|@ai-sdk/[^/]+|zod)": ["src/adapters/agent/model/"],
  commander: ["src/app/cli/"],
  "@homebridge/ciao": ["src/adapters/discovery/ciao/"],
  "bonjour-service": ["src/app/cli/"],
  croner: ["src/adapters/calendar/croner/"],
  "prom-client": ["src/adapters/metrics/prometheus/"],
  "@opentelemetry/[^/]+": ["src/adapters/tracing/opentelemetry/"],
  selfsigned: ["src/adapters/tls/self-signed/"],
  "discord.js": ["src/adapters/channels/discord/"],
  "@agentclientprotocol/sdk": ["src/adapters/agent/acp/"],
  "@slack/[^/]+": ["src/adapters/channels/slack/"],
  "playwright-core": ["src/adapters/node-commands/browser/"],
  "(@whiskeysockets/baileys|libsignal)": ["src/adapters/channels/whatsapp/"],
};

const only = (name, from, allowed) => ({
  name,
  severity: "error",
  from: { path: from },
  to: { pathNot: allowed },
});

const never = (name, from, forbidden) => ({ name, severity: "error", from: { path: from }, to: { path: forbidden } });

export default {
  forbidden: [
    only("protocol-knows-only-typebox", "^src/domain/protocol/", ["^src/domain/protocol/", TYPEBOX]),
    { ...only("domain-knows-only-itself", "^src/domain/", ["^src/domain/"]), from: { path: "^src/domain/", pathNot: "^src/domain/protocol/" } },
    only("ports-know-only-the-domain", "^src/ports/", ["^src/ports/", "^src/domain/"]),
    never("adapters-do-not-know-the-app", "^src/adapters/", "^src/(app|client|testing|index)"),
    {
      name: "adapters-stand-apart", severity: "error",
      from: { path: "^src/adapters/([^/]+)/([^/]+)/" },
      // What all of a kind need lies above them, beside their folders.
      to: { path: "^src/adapters/", pathNot: ["^src/adapters/$1/$2/", "^src/adapters/$1/[^/]+$"] },
    },
    {
      name: "adapter-kinds-stand-apart", severity: "error",
      from: { path: "^src/adapters/([^/]+)/[^/]+$" },
      to: { path: "^src/adapters/", pathNot: "^src/adapters/$1/" },
    },
    only("gateway-knows-ports-and-domain", "^src/app/gateway/", ["^src/app/gateway/", "^src/ports/", "^src/domain/"]),
    {
      name: "container-in-one-room", severity: "error",
      from: { path: "^src/", pathNot: "^src/app/compose/" },
      to: { path: CONTAINER },
    },
    never("daemon-gets-its-parts-composed", "^src/app/daemon/", "^src/(adapters|testing|app/(cli|node))/"),
    {
      name: "node-gets-its-parts-composed", severity: "error",
      from: { path: "^src/app/node/", pathNot: "^src/app/node/(compose|index)\\.ts$" },
      to: { path: "^src/adapters/" },
    },
    // Its core knows ports alone, as the gateway's does: an embedder brings commands of its own.
    // A node is a client of gateways, on other hosts mostly: nothing of one may come with it.
    never("node-is-no-gateway", "^src/app/node/", "^src/(testing|app/(compose|gateway|daemon|cli))/"),
    never("cli-is-a-thin-client", "^src/app/cli/", "^src/(adapters|testing|app/(compose|gateway|daemon|node|process))/"),
    never("compose-is-below-its-users", "^src/app/compose/", "^src/(client|testing|app/(daemon|cli|node))/"),
    never("processes-know-nobody", "^src/app/process/", "^src/(adapters|client|testing|ports|domain|app/(?!process))"),
    only("http-doors-know-ports-and-domain", "^src/app/http/", ["^src/app/http/", "^src/ports/", "^src/domain/", "^node:http$", "^http$"]),
    never("client-stands-alone", "^src/client/", "^src/(ports|adapters|app|testing|index)"),
    never("testing-starts-no-process", "^src/testing/", "^src/app/(daemon|cli|process)/"),
    {
      name: "library-without-container", severity: "error",
      from: { path: "^src/(index|client/index|testing/index)\\.ts$" },
      to: { path: CONTAINER, reachable: true },
    },
    ...Object.entries(HOMES).map(([name, homes]) => ({
      name: `one-home-for-${name}`, severity: "error",
      from: { path: "^src/", pathNot: homes.map((home) => `^${home}`) },
      to: { path: npm(name) },
    })),
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-dead-arrows", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
