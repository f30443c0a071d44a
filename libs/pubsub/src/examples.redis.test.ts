import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'

test('the example redis.ts runs and prints what it should', async () => {
  const file = fileURLToPath(new URL('../examples/redis.ts', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file, testRedis().url])
  expect(stdout).toBe('receivers: 1\nreceived: { ok: true }\n')
  expect(stderr).toBe('')
})
