import { defineConfig } from 'vitest/config'

/** `npm run test:full`: everything that meets the engine runs on both, Azurite and what the cloud has. Otherwise each on one, most on Azurite. */
const full = process.env.TEST_SIZE === 'full'

const onCloud = { env: { TEST_ENGINE: 'cloud' } }
/** Of `npm test`: the journeys of a purchase, the kills, and what an answer to a machine costs. */
const journeys = 'test/browser/journeys.test.ts'

/** These spawn processes and mostly wait for them: two files at a time keep a machine with two cores busy, and honest. */
const spawning = { maxWorkers: 2, hookTimeout: 60_000, sequence: { groupOrder: 1 } }
const processes = { ...spawning, testTimeout: 60_000 }
const browser = { ...spawning, testTimeout: 90_000 }

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
        test: { ...processes, name: 'processes', include: ['test/{host,api,faults}/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          ...processes,
          ...onCloud,
          name: 'processes-cloud',
          include: full
            ? ['test/{api,faults}/**/*.test.ts']
            : [
                'test/api/get-balance.test.ts',
                'test/api/staff.test.ts',
                'test/faults/{journeys,usage,usage-poison,wakes}.test.ts',
              ],
          // They bring an engine of their own.
          exclude: ['test/faults/{cloud,service-bus}.test.ts', 'test/api/service-bus.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          ...browser,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          exclude: full ? [] : [journeys],
        },
      },
      {
        extends: true,
        test: {
          ...browser,
          ...onCloud,
          name: 'browser-cloud',
          include: full ? ['test/browser/*.test.ts'] : [journeys],
        },
      },
    ],
  },
})
