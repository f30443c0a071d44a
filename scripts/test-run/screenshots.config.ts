import { mergeConfig } from 'vitest/config'
import base from '../../vitest.config.ts'

/** Makes a picture of each view of the console: `npm run screenshots`, which writes them into the folder SCREENSHOTS, and measures the budgets of the console. */
export default mergeConfig(
  { ...base, test: { ...base.test, projects: undefined } },
  {
    test: {
      include: ['test/src/console/screenshots.clients.ts', 'test/src/console/budgets.clients.ts'],
      // What is measured is measured alone.
      fileParallelism: false,
      globalSetup: ['./test/src/postgres.setup.ts', './test/src/redis.setup.ts'],
      testTimeout: 300_000,
      hookTimeout: 300_000,
    },
  },
)
