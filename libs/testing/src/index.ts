export { createTestDatabase } from './test-database.ts'
export type { TestDatabase, TestDatabaseOptions } from './test-database.ts'
export { testRedis } from './test-redis.ts'
export type { TestRedis } from './test-redis.ts'
