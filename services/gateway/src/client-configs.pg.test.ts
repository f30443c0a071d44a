import type { ClientType } from '@alkdev/contracts'
import { CLIENT_TYPES } from '@alkdev/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestGateway } from './testing/test-gateway.ts'
import type { TestGateway } from './testing/test-gateway.ts'

let hub: TestGateway

beforeAll(async () => {
  hub = await createTestGateway()
})
afterAll(() => hub[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly data?: Readonly<Record<string, unknown>>
  readonly code?: string
  readonly details?: { readonly errors: readonly { readonly path: string }[] }
}

async function create(name: string, type: string, config: unknown): Promise<Answer> {
  const answer = await hub.call('clients.create', { name, type, config }, { key: hub.admin.key })
  return { ...((await answer.json()) as Omit<Answer, 'status'>), status: answer.status }
}

const baseUrl = 'https://api.example.org/v1'
const urls: readonly (readonly [unknown, string])[] = [
  'ftp://example.org',
  'https://',
  'http://?x',
  'https://a b',
  // Would be stored in the database as plain text.
  'https://user:password@example.org',
  'https://token@example.org/',
  'http://[nonsense]/',
  // Would swallow the path that is appended to it.
  'https://example.org/v1?x=',
  'https://example.org/v1#',
  'https://example.org?x=#',
  'https://example.org/v1\\x',
  // Not public, in every notation.
  'http://127.0.0.1:11434/v1',
  'http://0x7f.1',
  'http://2130706433',
  'http://[::1]',
  'http://[::ffff:10.1.2.3]',
  'http://169.254.169.254/latest',
  'http://localhost:3000',
  `https://example.org/${'a'.repeat(2048)}`,
  7,
].map((url) => [{ baseUrl: url }, '/config/baseUrl'])

interface Case {
  readonly good: readonly Readonly<Record<string, unknown>>[]
  /** A config that is refused, and the path in the error. */
  readonly bad: readonly (readonly [unknown, string])[]
}

const cases: Readonly<Record<ClientType, Case>> = {
  'llm-provider': {
    good: [
      { baseUrl },
      { baseUrl: 'http://[2606:4700::1111]:11434', protocol: 'openai' },
      { baseUrl, protocol: 'anthropic' },
      { baseUrl, protocol: 'google' },
      { baseUrl, protocol: 'package', package: 'mistral', models: ['m'] },
      {
        baseUrl: 'http://8.8.8.8:8080/a=b@c/',
        models: ['m-1'],
        headers: { 'x-team': 'blue, or: grün' },
        timeoutMs: 600_000,
      },
    ],
    bad: [
      ...urls,
      [{}, '/config/baseUrl'],
      [{ baseUrl, protocol: 'gopher' }, '/config/protocol'],
      [{ baseUrl, protocol: 'package', models: ['m'] }, '/config/package'],
      [{ baseUrl, protocol: 'package', package: 'mistral' }, '/config/models'],
      [{ baseUrl, package: 'mistral' }, '/config/package'],
      [{ baseUrl, protocol: 'google', endpoints: ['chat'] }, '/config/endpoints'],
      ...['host', 'Host', 'AUTHORIZATION', 'Proxy-Authorization', 'x-forwarded-host', 'cookie'].map(
        (name): [unknown, string] => [
          { baseUrl, headers: { [name]: 'a' } },
          `/config/headers/${name}`,
        ],
      ),
      [{ baseUrl, models: ['m', ''] }, '/config/models/1'],
      [{ baseUrl, timeoutMs: 99 }, '/config/timeoutMs'],
      [{ baseUrl, timeoutMs: 1000.5 }, '/config/timeoutMs'],
      [{ baseUrl, apiKey: 'x' }, '/config/apiKey'],
      [{ baseUrl, headers: { 'x-team': 'a\r\nx-other: b' } }, '/config/headers/x-team'],
      [{ baseUrl, headers: { 'two words': 'a' } }, '/config/headers/two words'],
      [{ baseUrl, headers: { '': 'a' } }, '/config/headers/'],
      [{ baseUrl, headers: { ['x'.repeat(129)]: 'a' } }, `/config/headers/${'x'.repeat(129)}`],
    ],
  },
  openapi: {
    good: [
      { baseUrl, documentUrl: 'https://example.org/openapi.json', auth: { header: 'X-Api-Key' } },
      {
        baseUrl,
        documentUrl: 'https://example.org/openapi.json',
        auth: { header: 'authorization', prefix: 'Bearer ' },
        headers: {},
      },
    ],
    bad: [
      ...urls,
      [{ baseUrl }, '/config/documentUrl'],
      [{ baseUrl, documentUrl: 'file:///etc/passwd' }, '/config/documentUrl'],
      [{ baseUrl, document: '{}', auth: { header: 'host' } }, '/config/auth/header'],
      [{ baseUrl, auth: {} }, '/config/auth/header'],
      [{ baseUrl, auth: { header: 'a: b' } }, '/config/auth/header'],
      [{ baseUrl, auth: { header: 'a', prefix: 'b\n' } }, '/config/auth/prefix'],
      [{ baseUrl, auth: { header: 'a', secret: 'b' } }, '/config/auth/secret'],
      [{ baseUrl, timeoutMs: '5' }, '/config/timeoutMs'],
    ],
  },
  'mcp-server': {
    good: [{ url: 'https://mcp.example.org/mcp' }, { url: baseUrl, headers: {}, timeoutMs: 100 }],
    bad: [
      [{}, '/config/url'],
      [{ url: 'stdio:server' }, '/config/url'],
      [{ url: 'https://user:password@example.org' }, '/config/url'],
      [{ url: baseUrl, command: 'sh' }, '/config/command'],
      [{ url: baseUrl, headers: ['a'] }, '/config/headers'],
    ],
  },
  vcs: {
    good: ['gitea', 'github', 'gitlab'].map((kind) => ({ baseUrl, kind })),
    bad: [
      ...urls.map(([config, path]): [unknown, string] => [
        { ...(config as object), kind: 'gitea' },
        path,
      ]),
      [{ baseUrl }, '/config/kind'],
      [{ baseUrl, kind: 'cvs' }, '/config/kind'],
      [{ baseUrl, kind: 'gitea', token: 'x' }, '/config/token'],
    ],
  },
  compute: {
    good: [{ baseUrl, provider: 'somewhere' }],
    bad: [
      ...urls.map(([config, path]): [unknown, string] => [
        { ...(config as object), provider: 'x' },
        path,
      ]),
      [{ baseUrl }, '/config/provider'],
      [{ baseUrl, provider: '' }, '/config/provider'],
      [{ baseUrl, provider: 'x', region: 'y' }, '/config/region'],
    ],
  },
  custom: {
    good: [{}, { anything: { of: ['any', 'shape', 1, null] } }],
    bad: [
      [{ ['k'.repeat(129)]: 1 }, `/config/${'k'.repeat(129)}`],
      [{ '': 1 }, '/config/'],
      [[1], '/config'],
      ['text', '/config'],
      [null, '/config'],
    ],
  },
}

const notOffered: readonly ClientType[] = ['vcs', 'compute']
const offered = CLIENT_TYPES.filter((type) => !notOffered.includes(type))

test.each(notOffered)(
  'a client of type %s is refused, because no service connects to it yet (V5)',
  async (type) => {
    for (const config of cases[type].good) {
      const refused = await create(`${type}-refused`, type, config)
      expect(refused).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' })
      expect(refused.details?.errors).toEqual([
        { path: '/type', message: `clients of type ${type} are not supported yet` },
      ])
    }
  },
)

test.each(offered)('a client of type %s is stored with every valid config', async (type) => {
  for (const [at, config] of cases[type].good.entries()) {
    const made = await create(`${type}-${at}`, type, config)
    expect(made).toMatchObject({ status: 200, data: { type, config } })
    expect(made.data?.['config']).toEqual(config)
  }
})

const bad = CLIENT_TYPES.flatMap((type) =>
  cases[type].bad.map(([config, path]) => ({
    type,
    path: path.slice(0, 40),
    text: JSON.stringify(config).slice(0, 60),
    whole: path,
    config,
  })),
)

test.each(bad)('$type refuses $text and names $path', async ({ type, config, whole }) => {
  const refused = await create('refused', type, config)
  expect(refused).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' })
  expect(refused.details?.errors.map(({ path }) => path)).toContain(whole)
  expect(JSON.stringify(refused)).not.toContain('password@')
})

test('an unknown type is refused, and text that the database cannot store is not an internal error', async () => {
  expect(await create('unknown', 'telnet', {})).toMatchObject({ status: 400 })
  expect(await create('zero', 'custom', { a: 'b\u0000c' })).toMatchObject({
    status: 400,
    code: 'VALIDATION_ERROR',
  })
})
