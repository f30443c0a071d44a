import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

// What vitest accepts and Node does not: `./x.js` for a `.ts` file, `enum`, types imported as values.
const root = fileURLToPath(new URL('../../..', import.meta.url))
// Node still loads each source; what it compiled once is not compiled again for the processes below.
const NODE_COMPILE_CACHE = fileURLToPath(
  new URL('../../../node_modules/.compile-cache', import.meta.url),
)
enableCompileCache(NODE_COMPILE_CACHE)

for (const service of readdirSync(`${root}/services`))
  void test(`Node loads the service ${service} as it is`, async () => {
    const module = (await import(`${root}/services/${service}/src/index.ts`)) as Record<
      string,
      unknown
    >
    assert.equal(
      Object.values(module).filter((value) => typeof value === 'function').length > 0,
      true,
    )
  })

for (const service of readdirSync(`${root}/services`))
  void test(`${service} without a configuration says so in one sentence and exits 1`, () => {
    flushCompileCache()
    const { status, stderr } = spawnSync(
      process.execPath,
      [`${root}/services/${service}/src/main.ts`],
      {
        env: { ALKHUB_CONFIG_PATH: '/nowhere/config.json', NODE_COMPILE_CACHE },
        encoding: 'utf8',
        timeout: 30_000,
      },
    )
    assert.equal(status, 1)
    assert.match(stderr, /\/nowhere\/config\.json/)
    assert.doesNotMatch(stderr, /at .*\.ts/)
  })

void test('the command line loads and lists its commands', () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [`${root}/libs/cli/src/main.ts`, '--help'],
    {
      encoding: 'utf8',
      timeout: 30_000,
    },
  )
  assert.equal(status, 0)
  assert.match(stdout, /up\s+Start the whole hub/)
})
