import { expect, test } from 'vitest'
import { FromOpenAPI } from '../../../from-openapi.ts'
import type { HTTPServiceConfig, OpenAPISpec, SkippedOperation } from '../../../from-openapi.ts'
import { OperationRegistry } from '../../../registry/registry.ts'
import { answerJson, echoServer } from './fixtures/echo-server.ts'
import { requestUrl } from './request-url.ts'

const server = { origin: 'https://api.example', path: '', query: '' }
const ok = { responses: { 200: { description: '' } } }

/** The addresses that `fetch` is called with, beside the authorization that goes there. */
async function requested(
  paths: Record<string, unknown>,
  config: Partial<HTTPServiceConfig>,
  input: Record<string, unknown> = {},
  more: Partial<OpenAPISpec> = {},
): Promise<string[]> {
  const seen: string[] = []
  const registry = new OperationRegistry()
  const operations = FromOpenAPI(
    { openapi: '3.1.0', paths, ...more },
    {
      namespace: 'api',
      baseUrl: 'https://api.example',
      auth: { type: 'bearer', token: 'secret' },
      checkOutput: false,
      fetch: async (url, init) => {
        seen.push(`${new Request(url).url} ${new Headers(init?.headers).get('authorization')}`)
        return new Response(null, { status: 204 })
      },
      ...config,
    },
  )
  registry.registerAll(operations)
  for (const { name } of operations) await registry.execute(`api.${name}`, input).catch(() => {})
  return seen
}

const paths = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { get: ok }] as const))

test('a path without a leading slash gets one, so that credentials stay with the host of the base URL (B3)', async () => {
  expect(
    await requested(
      paths(
        '.attacker.example/steal',
        'pets',
        ':8443/x',
        '@attacker.example/x',
        '//attacker.example',
      ),
      {},
    ),
  ).toEqual([
    'https://api.example/.attacker.example/steal Bearer secret',
    'https://api.example/pets Bearer secret',
    'https://api.example/:8443/x Bearer secret',
    'https://api.example/@attacker.example/x Bearer secret',
    'https://api.example//attacker.example Bearer secret',
  ])
})

test("a caller's value at the start of a path does not choose the host (B3)", async () => {
  for (const id of [
    '.attacker.example',
    '@attacker.example',
    ':8443',
    '//attacker.example',
    '\\attacker',
  ])
    for (const seen of await requested(paths('{id}/x'), {}, { id }))
      expect(new URL(seen.split(' ')[0] ?? '').origin).toBe('https://api.example')
})

test.each(['/a/..', '/a/../../b', '/.', '/a\\..\\b', '/%2e%2E/b'])(
  'the path %s, which leads out of the path of the server, is refused',
  (path) => {
    expect(() => requestUrl({ ...server, path: '/v1' }, path, [])).toThrow('. or ..')
  },
)

test('a header parameter cannot choose the host', async () => {
  const operation = { ...ok, parameters: [{ name: 'Host', in: 'header', schema: {} }] }
  const [definition] = FromOpenAPI(
    { openapi: '3.1.0', paths: { '/a': { get: operation } } },
    { namespace: 'api', baseUrl: 'https://api.example' },
  )
  expect(definition?._meta?.['parameters']).toEqual({})
})

test.each([
  ['https://api.example/v1?api-version=2', 'https://api.example/v1/p?api-version=2&x=1&q=2'],
  ['https://api.example/v1/?', 'https://api.example/v1/p?x=1&q=2'],
  ['https://api.example/v1///', 'https://api.example/v1/p?x=1&q=2'],
  ['https://api.example?k=1#f', 'https://api.example/p?k=1&x=1&q=2'],
])('the base URL %s and a path with a query make the address %s (B10)', async (baseUrl, url) => {
  const operation = { ...ok, parameters: [{ name: 'q', in: 'query', schema: {} }] }
  for (const config of [{ baseUrl }, { baseUrl: undefined }])
    expect(
      await requested(
        { '/p?x=1': { get: operation } },
        config as Partial<HTTPServiceConfig>,
        { q: 2 },
        { servers: [{ url: baseUrl }] },
      ),
    ).toEqual([`${url} Bearer secret`])
})

test('the fragment of a path names the operation and is not sent (B21)', async () => {
  const operation = { ...ok, parameters: [{ name: 'q', in: 'query', schema: {} }] }
  expect(
    await requested({ '/#X-Amz-Target=Tables.List': { get: operation } }, {}, { q: 1 }),
  ).toEqual(['https://api.example/?q=1 Bearer secret'])
})

test.each([
  [[{ url: 'https://{host}/v1' }], 'whose variable "host" has no default'],
  [[{ url: 'wss://api.example' }], 'not http or https'],
  [[{ url: 'https://user:word@api.example' }], 'give them as `auth` of type basic'],
  [[{ url: 'http://[' }], 'is not the address of a server'],
])('an operation whose only server is %j is refused by name (B10, B11)', (servers, reason) => {
  const skipped: SkippedOperation[] = []
  const spec = { openapi: '3.1.0', paths: paths('/a'), servers }
  const onSkipped = (one: SkippedOperation): void => void skipped.push(one)
  expect(FromOpenAPI(spec, { namespace: 'api', onSkipped })).toEqual([])
  expect(skipped).toEqual([
    { method: 'GET', path: '/a', reason: expect.stringContaining(reason) as string },
  ])
})

test('the first server that can be used is used (B10)', async () => {
  const servers = [
    { url: 'wss://a.example' },
    { url: 'https://{x}' },
    { url: 'https://b.example/' },
  ]
  expect(await requested(paths('/a'), { baseUrl: undefined } as never, {}, { servers })).toEqual([
    'https://b.example/a Bearer secret',
  ])
})

test('a query that is part of the base URL is sent over the wire with each request (B10)', async () => {
  await using echo = await echoServer((_, response) => answerJson(response, null))
  const registry = new OperationRegistry()
  registry.registerAll(
    FromOpenAPI(
      { openapi: '3.1.0', paths: paths('/a') },
      { namespace: 'api', baseUrl: `${echo.url}/v1?api-version=2` },
    ),
  )
  await registry.execute('api.get_a', {})
  expect(echo.seen.map(({ url }) => url)).toEqual(['/v1/a?api-version=2'])
})
