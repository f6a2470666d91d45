import { defineConfig } from 'vitest/config'

// Slow suites (browser, faults) spawn processes: one file at a time per project keeps a 2-core machine honest.
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'shared/**/*.test.{ts,tsx}',
            'cli/**/*.test.ts',
            'functions/**/*.test.ts',
            'local/**/*.test.ts',
            'test/unit/**/*.test.ts',
          ],
        },
      },
      { extends: true, test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: ['test/{host,api,faults}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
