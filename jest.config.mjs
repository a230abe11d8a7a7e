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
  setupFilesAfterEnv: [],
  coverageProvider: "v8",
};
