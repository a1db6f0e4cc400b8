import { defineConfig } from 'vitest/config';

/** Against what hangs, never to measure: a busy machine may be slow. */
const patience = {
  testTimeout: 120_000,
  hookTimeout: 180_000,
  teardownTimeout: 60_000,
  expect: { poll: { timeout: 60_000, interval: 50 } },
};

const unit = {
  include: ['test/**/*.test.ts'],
  exclude: ['host', 'cluster', 'pods', 'chaos'].map((tier) => `test/**/*.${tier}.test.ts`),
  globalSetup: ['test/memory-directory.ts'],
  setupFiles: ['test/setup.ts'],
  // No test leaves anything behind in a module, and loading all modules again for every file takes as long as the tests.
  isolate: false,
  // A second worker reads every module once more, and two threads of one core are slower than one.
  maxWorkers: 1,
};

/**
 * The tiers: `unit` needs Node.js and bash; `host` boots machines with systemd; `cluster` needs a real API server, `pods` a whole cluster;
 * `chaos` is `host` for hours, and `sweeps`, a part of the chaos tier, is all of what `unit` takes a sample of.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', ...unit, ...patience } },
      {
        test: {
          name: 'sweeps',
          ...unit,
          ...patience,
          testTimeout: 3_600_000,
          env: { SWEEPS: 'whole' },
          sequence: { groupOrder: 1 },
        },
      },
      { test: { name: 'host', include: ['test/**/*.host.test.ts'], fileParallelism: false, ...patience } },
      { test: { name: 'chaos', include: ['test/**/*.chaos.test.ts'], fileParallelism: false, ...patience } },
      { test: { name: 'cluster', include: ['test/**/*.cluster.test.ts'], fileParallelism: false, ...patience } },
      {
        test: {
          name: 'pods',
          include: ['test/**/*.pods.test.ts'],
          globalSetup: ['test/pods/images.setup.ts'],
          fileParallelism: false,
          ...patience,
          testTimeout: 900_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
