import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from './load-config.ts'
import { writeServiceConfigs } from './write-service-configs.ts'
import type { WriteServiceConfigsInput } from './write-service-configs.ts'

/** What the config of a gateway is refused with; undefined when it is taken. */
async function refusal(
  input: Partial<WriteServiceConfigsInput>,
): Promise<OperatorError | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'alkhub-urls-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const { configPaths, masterKeyPath } = await writeServiceConfigs({
    dir,
    postgresUrl: 'postgres://alkhub:pw@db.example/alkhub',
    redisUrl: 'redis://:pw@redis.example:6379',
    busKey: generateKey(),
    encryptionKeys: generateKeyRing(),
    ...input,
  })
  const error: unknown = await loadConfig({
    path: configPaths.gateway,
    masterKeyPath,
    service: 'gateway',
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error === undefined || error instanceof OperatorError).toBe(true)
  return error as OperatorError | undefined
}

const bad: readonly (readonly [what: string, rest: string, says: RegExp])[] = [
  ['a % that begins no escape', ':le%ked@h.example:1/0', /% that begins no escape/],
  ['an unescaped @', ':le@ked@h.example:1/0', /more than one @/],
  ['an unescaped /', ':le/ked@h.example:1/0', /is cut short/],
  ['an unescaped #', ':le#ked@h.example:1/0', /is cut short/],
  ['an unescaped colon', 'u:le:ked@h.example:1/0', /unescaped colon/],
  ['a blank', ':le ked@h.example:1/0', /blank or a line break/],
  ['no host', ':leked@', /names no host|is malformed/],
  ['a port that is none', ':leked@h.example:99999/0', /is malformed/],
]

// B19
test.each(
  ['redis://', 'rediss://', 'postgres://', 'postgresql://'].flatMap((scheme) =>
    bad.map(([what, rest, says]) => [scheme, what, rest, says] as const),
  ),
)(
  'a URL that begins with %s and has %s is refused with the reason and without its password',
  async (scheme, _, rest, says) => {
    const isRedis = scheme.startsWith('redis')
    const error = await refusal(
      isRedis ? { redisUrl: scheme + rest } : { postgresUrl: scheme + rest },
    )
    expect(error?.message).toMatch(says)
    expect(error?.message).toContain(isRedis ? 'redis.url' : 'postgres.url')
    expect(error?.fix).not.toBe('')
    expect(inspect(error)).not.toMatch(/ked@|:le/)
  },
)

test.each([
  'redis://h.example/x',
  'rediss://h.example/-1',
  'redis://h.example/1.5',
  'redis://h.example/0/1',
])('%s names no database of Redis, and is refused', async (redisUrl) => {
  expect((await refusal({ redisUrl }))?.message).toMatch(/database that is not a number/)
})

test.each([' redis://h.example/3\n', 'rediss://u:p%40ss%2F@[::1]:6380/15', 'redis://h.example'])(
  '%j is taken',
  async (redisUrl) => {
    expect(await refusal({ redisUrl })).toBeUndefined()
  },
)

test.each(['ho st', 'h.example:6379', 'u@h.example', 'redis://h.example', 'h%zz'])(
  'the host %j is refused in both sections',
  async (host) => {
    const fields = { host, user: 'u', password: 'pw' }
    for (const section of ['redis', 'postgres'] as const) {
      const url = section === 'redis' ? { redisUrl: undefined } : { postgresUrl: undefined }
      const error = await refusal({ ...(url as object), sections: { [section]: fields } })
      expect(error?.message).toContain(`${section}.host: expected a host name`)
    }
  },
)

test.each([
  ['redis', 'redis://h.example', { port: 1 }, 'port'],
  ['redis', 'redis://h.example', { database: 0 }, 'database'],
  ['redis', 'redis://h.example', { tls: true }, 'tls'],
  ['redis', 'redis://h.example', { host: 'other.example' }, 'host'],
  ['postgres', 'postgres://u:p@h.example/d', { port: 5432, database: 'x' }, 'port, database'],
])(
  'a URL of %s beside a setting that it says as well is refused: %s %j',
  async (section, url, fields, names) => {
    const error = await refusal({ sections: { [section]: { url, ...fields } } })
    expect(error?.message).toContain(`${section}: has both url and ${names}`)
    expect(error?.message).not.toContain(url)
  },
)

test('settings that a URL does not say go beside it', async () => {
  const redis = { url: 'redis://h.example', prefix: 'a', connectTimeoutMs: 100 }
  const postgres = { url: 'postgres://u:p@h.example/d', ssl: true, pooler: true }
  expect(await refusal({ sections: { redis, postgres } })).toBeUndefined()
})
