import { mergeConfig } from 'vitest/config'
import base from '../../vitest.config.ts'

/** Tests with programs that are too large for the packages of this repository. `npm run mcp-clients` installs and runs them. */
export default mergeConfig(
  { ...base, test: { ...base.test, projects: undefined } },
  {
    test: {
      include: ['test/src/clients/**/*.clients.ts'],
      globalSetup: ['./test/src/postgres.setup.ts', './test/src/redis.setup.ts'],
      testTimeout: 120_000,
      hookTimeout: 600_000,
    },
  },
)
