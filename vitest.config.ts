import { defineConfig } from 'vitest/config';

/** Three tiers: `unit` needs Node.js alone; `host` boots machines with systemd; `cluster` needs a real API server. */
export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/**/*.host.test.ts', 'test/**/*.cluster.test.ts'] },
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
    ],
  },
});
