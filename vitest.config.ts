import { defineConfig } from 'vitest/config';

/** The tiers: `unit` needs Node.js alone; `host` boots machines with systemd; `cluster` needs a real API server; `chaos` is `host` for hours. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.host.test.ts', 'test/**/*.cluster.test.ts', 'test/**/*.chaos.test.ts'],
          // No test leaves anything behind in a module, and to load them all anew for every file takes as long as the tests themselves.
          isolate: false,
          // Against what hangs: a busy machine may be slow.
          testTimeout: 60_000,
          maxWorkers: '100%',
        },
      },
      {
        test: {
          name: 'host',
          include: ['test/**/*.host.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/**/*.chaos.test.ts'],
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/**/*.cluster.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
