export { createTestConfig, writeTestConfig } from './testing/test-config.ts'
export type { TestConfigInput } from './testing/test-config.ts'
export { createMetrics } from './telemetry/metrics.ts'
