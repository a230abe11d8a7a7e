// Run through `npm run jest` or `npm run check`: ESM under Jest needs --experimental-vm-modules.
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: {
    "^(\\.{1,2}/.*)\\.js$": "$1",
    // One bundle each, made by scripts/bundle-for-tests.mjs: the one halves the run, the other makes signatures thirty times as fast.
    "^@sinclair/typebox$": "<rootDir>/node_modules/.cache/typebox.mjs",
    "^curve25519-js$": "<rootDir>/node_modules/.cache/curve25519.cjs",
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
