import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './scripts/summary-reporter.ts'

const infra = '**/*.{pg,redis,e2e}.test.ts'
/** Whole installations: much work, little that depends on the time it takes, so they run beside the small tests. */
const installs = ['test/src/e2e/{launcher,packages,spoke-browser,supervision}.e2e.test.ts']
const away = ['**/node_modules/**', '**/.types/**', '**/dist/**']

export default defineConfig({
  test: {
    maxWorkers: Math.max(2, availableParallelism()),
    reporters: ['default', new SummaryReporter()],
    // Files share no state in modules, so that these need not be read again for each: nearly half of the time they take.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{libs,services}/**/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/src/**/*.test.ts',
            'bench/src/**/*.test.ts',
          ],
          exclude: [infra, ...away],
        },
      },
      {
        extends: true,
        test: {
          name: 'pg',
          include: ['{libs,services}/**/src/**/*.pg.test.ts'],
          exclude: away,
          globalSetup: ['./test/src/postgres.setup.ts', './test/src/redis.setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'redis',
          include: ['{libs,services}/**/src/**/*.redis.test.ts'],
          exclude: away,
          globalSetup: ['./test/src/redis.setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'install',
          include: installs,
          exclude: away,
          globalSetup: ['./test/src/postgres.setup.ts', './test/src/redis.setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/src/e2e/**/*.e2e.test.ts'],
          exclude: [...installs, ...away],
          globalSetup: ['./test/src/postgres.setup.ts', './test/src/redis.setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
