import type * as Jest from "@jest/globals";

// The functions of the runner that runs the suite, Jest or Vitest (with `globals`), rather than an import of one of them.
const runner = globalThis as unknown as typeof Jest;

export const afterEach: typeof Jest.afterEach = runner.afterEach;
export const beforeEach: typeof Jest.beforeEach = runner.beforeEach;
export const describe: typeof Jest.describe = runner.describe;
export const expect: typeof Jest.expect = runner.expect;
export const test: typeof Jest.test = runner.test;
