// Run through `npm run jest` or `npm run check`: ESM under Jest needs --experimental-vm-modules.
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: {
    "^(\\.{1,2}/.*)\\.js$": "$1",
    // TypeBox is 266 files; each test file links its own module graph, so one bundle halves the run.
    "^@sinclair/typebox$": "<rootDir>/node_modules/.cache/typebox.mjs",
  },
  transform: {
    "^.+\\.ts$": ["@swc/jest", {
      jsc: { target: "es2022", parser: { syntax: "typescript" } },
      module: { type: "es6" },
      sourceMaps: "inline",
    }],
  },
  // On a busy machine with two cores a real handshake, a real file or a real process may take its time.
  testTimeout: 20_000,
  coverageProvider: "v8",
};
