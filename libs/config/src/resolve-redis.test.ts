import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from '@alkdev/crypto'
import { makeCertificates } from '@alkdev/testing'
import type { TestCertificates } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkConfig } from './load-config.ts'
import type { CheckedConfig } from './load-config.ts'

const stack = new AsyncDisposableStack()
let tls: TestCertificates

beforeAll(async () => {
  tls = stack.use(await makeCertificates())
})
afterAll(() => stack.disposeAsync())

async function checked(sections: object): Promise<CheckedConfig<'spoke-broker'>> {
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-redis-config-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'spoke-broker.json')
  const whole = {
    postgres: { url: 'postgres://u:p@h/d' },
    redis: { url: 'redis://h' },
    bus: { key: generateKey() },
    ...sections,
  }
  await writeFile(path, JSON.stringify(whole))
  return checkConfig({ path, service: 'spoke-broker' })
}

async function failures(sections: object): Promise<string[]> {
  const { failures: found } = await checked(sections)
  return found.map(({ path, expected }) => `${path} ${expected}`)
}

test('a Redis Cluster is its nodes and one password', async () => {
  const { config } = await checked({
    redis: { cluster: ['redis-1:6379', '[2001:db8::1]:7000'], user: 'hub', password: 'p@ss' },
  })
  expect(config?.redis).toMatchObject({
    cluster: [
      { host: 'redis-1', port: 6379 },
      { host: '2001:db8::1', port: 7000 },
    ],
    prefix: 'alkhub',
  })
  expect(config?.redis.url.reveal()).toBe('redis://hub:p%40ss@redis-1:6379/0')
})

test('sentinels have a name of the primary and a password of their own, over TLS too', async () => {
  const { config } = await checked({
    redis: {
      sentinel: { nodes: ['s1:26379'], user: 'watch', password: 'q', tls: true },
      password: 'p',
      database: 3,
      tls: true,
      caFile: tls.caFile,
    },
  })
  expect(config?.redis.url.reveal()).toBe('rediss://:p@s1:26379/3')
  expect(config?.redis).toMatchObject({
    tls: { ca: tls.ca },
    sentinel: { nodes: [{ host: 's1', port: 26_379 }], name: 'mymaster', user: 'watch', tls: true },
  })
  expect(config?.redis.sentinel?.password?.reveal()).toBe('q')
})

test.each([
  [{ cluster: ['h:1'], password: 'p', database: 1 }, /redis.database expected 0/],
  [{ cluster: ['h:1'], url: 'redis://h' }, /redis has both url and cluster/],
  [{ cluster: ['h:1'], host: 'h', password: 'p' }, /redis has both host and cluster/],
  [{ cluster: ['h:1'], sentinel: { nodes: ['h:2'] }, password: 'p' }, /both sentinel and cluster/],
  [{ sentinel: { nodes: ['h:2'] }, url: 'redis://h' }, /redis has both url and sentinel/],
  [{ cluster: ['h:1'] }, /redis.password is missing/],
  [{ cluster: ['h'], password: 'p' }, /redis.cluster.0 expected host:port/],
  [{ cluster: ['h:0'], password: 'p' }, /redis.cluster.0 expected host:port/],
  [{ cluster: ['u:pw@h:1'], password: 'p' }, /redis.cluster.0 expected host:port/],
  [{ cluster: [], password: 'p' }, /redis.cluster/],
  [
    { sentinel: { nodes: ['h:1', 'x y:2'] }, password: 'p' },
    /redis.sentinel.nodes.1 expected host/,
  ],
  [
    { sentinel: { nodes: ['h:1'], user: 'u' }, password: 'p' },
    /redis.sentinel.password is missing/,
  ],
])('%j is refused', async (redis, says) => {
  expect((await failures({ redis })).join('\n')).toMatch(says)
})

test('the files of certificates are read relative to the config, checked, and of use with TLS only', async () => {
  const files = { caFile: tls.caFile, certFile: tls.certFile, keyFile: tls.keyFile }
  const { config } = await checked({
    redis: { url: 'rediss://h', ...files },
    postgres: { url: 'postgres://u:p@h/d?sslmode=verify-full', caFile: tls.caFile },
  })
  expect(config?.redis.tls).toMatchObject({ ca: tls.ca })
  expect(config?.redis.tls?.key?.reveal()).toContain('PRIVATE KEY')
  expect(config?.postgres).toMatchObject({ ssl: true, tls: { ca: tls.ca } })
  const { caFile, certFile, keyFile } = files
  expect(await failures({ redis: { url: 'redis://h', caFile } })).toEqual([
    'redis.caFile is of no use without TLS; set tls',
  ])
  expect(await failures({ postgres: { url: 'postgres://u:p@h/d', caFile } })).toEqual([
    'postgres.caFile is of no use without TLS; set ssl',
  ])
  expect(await failures({ redis: { url: 'rediss://h', certFile } })).toEqual([
    'redis.keyFile is missing; expected the key of certFile',
  ])
  expect(await failures({ redis: { url: 'rediss://h', keyFile } })).toEqual([
    'redis.certFile is missing; expected the certificate of keyFile',
  ])
  expect(await failures({ redis: { url: 'rediss://h', caFile: 'missing.pem' } })).toEqual([
    expect.stringMatching(/redis.caFile names a file that is unusable: .* does not exist/),
  ])
  expect(await failures({ redis: { url: 'rediss://h', caFile: keyFile } })).toEqual([
    'redis.caFile names a file that holds no certificate as PEM',
  ])
})

test.each([
  ['?sslmode=prefer', {}, /none of disable, require, verify-ca, verify-full/],
  ['?sslmode=disable', { ssl: true }, /ssl is true and url has sslmode=disable/],
  ['?sslmode=require&sslrootcert=ca.pem', {}, /expected them in caFile, certFile and keyFile/],
])('a database URL with %s and %j is refused', async (query, more, says) => {
  const postgres = { url: `postgres://u:p@h/d${query}`, ...more }
  expect((await failures({ postgres })).join('\n')).toMatch(says)
})

test.each([
  ['?sslmode=disable', false],
  ['?sslmode=require', true],
  ['', false],
])('a database URL with %j uses TLS: %s', async (query, ssl) => {
  const { config } = await checked({ postgres: { url: `postgres://u:p@h/d${query}` } })
  expect(config?.postgres.ssl).toBe(ssl)
})
