import { mergeConfig } from 'vitest/config'
import base from '../../vitest.config.ts'
import { CostReporter } from './cost-reporter.ts'

/** The tests as always, and at the end a table of what they cost. Linux only. */
export default mergeConfig(base, {
  test: {
    setupFiles: ['./scripts/test-run/measure-cost.setup.ts'],
    reporters: [new CostReporter()],
  },
})
