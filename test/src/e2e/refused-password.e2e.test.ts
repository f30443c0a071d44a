import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startPostgres } from '@alkdev/cli/local-servers'
import { writeServiceConfigs } from '@alkdev/config'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { compileCache } from '../compile-cache.ts'
import { serviceMain } from '../programs.ts'

const root = join(import.meta.dirname, '../../..')
const run = promisify(execFile)

/** How a process that is given a config ends. */
async function outcome(script: string, configPath: string, masterKeyPath: string) {
  const env = {
    ...compileCache(),
    ALKHUB_CONFIG_PATH: configPath,
    ALKHUB_MASTER_KEY_PATH: masterKeyPath,
  }
  const options = { cwd: root, env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env } }
  return run(process.execPath, [script], options).then(
    ({ stderr }) => ({ code: 0, stderr }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  )
}

// D5: a data folder that was made with other secrets.
test('a database that refuses the password ends migration and service with what it said, and what to do', async () => {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'alkhub-refused-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  const postgres = stack.use(await startPostgres({ password: 'the-r1ght-one' }))
  const { configPaths, masterKeyPath } = await writeServiceConfigs({
    dir,
    postgresUrl: postgres.url.replace('the-r1ght-one', 'an-0ther-one'),
    redisUrl: testRedis().url,
    busKey: generateKey(),
    encryptionKeys: generateKeyRing(),
  })
  const outcomes = [
    outcome(
      join(root, 'libs/service/src/admin/migrate-main.ts'),
      configPaths.migrate,
      masterKeyPath,
    ),
    outcome(serviceMain('coordinator'), configPaths.coordinator, masterKeyPath),
  ]
  for (const { code, stderr } of await Promise.all(outcomes)) {
    expect(code).toBe(1)
    expect(stderr).toContain('refuses the password of the user postgres (28P01)')
    expect(stderr).toContain('A data folder keeps the password that it was made with.')
    expect(stderr).not.toMatch(/Start PostgreSQL|does not answer|0ther|r1ght/)
  }
})
