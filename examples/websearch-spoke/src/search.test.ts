import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { attachSpoke, CodedError } from '@alkdev/spoke'
import { createTestHub } from '@alkdev/spoke/testing'
import { searchOperation } from './search-operation.ts'
import { readSettings } from './settings.ts'
import { openUpstream } from './upstream.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A search service on a socket of this machine, and a spoke that uses it, attached to a hub in memory. */
async function start(
  engine: 'searxng' | 'brave',
  onRequest: Handler,
  more: { readonly keyFile?: string; readonly timeoutMs?: number } = {},
) {
  const server = createServer(onRequest).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const upstream = await openUpstream({
    ...{ engine, url: new URL(`http://127.0.0.1:${port}/search`) },
    ...{ timeoutMs: 5000, maxConcurrent: 4, ...more },
  })
  const hub = createTestHub()
  const spoke = attachSpoke({
    ...hub.connection(),
    name: 'websearch',
    operations: [searchOperation(upstream)],
  })
  await spoke.attached()
  return {
    search: (input: object) => hub.call('web.search', input),
    async [Symbol.asyncDispose]() {
      await spoke.stop()
      await hub[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
    },
  }
}

const json = (response: ServerResponse, value: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
const codeOf = (error: unknown): string => (error instanceof CodedError ? error.code : 'no code')

void test('a search at SearXNG gives its results, without entries that are no pages', async () => {
  const asked: string[] = []
  await using spoke = await start('searxng', (request, response) => {
    asked.push(request.url ?? '')
    json(response, {
      query: 'x',
      results: [
        { title: ' Locks ', url: 'https://example.com/locks', content: 'About\u0000 locks.' },
        { title: 'a script', url: 'javascript:alert(1)', content: '' },
        { title: 7, url: 'https://example.com/7' },
        { title: 'Second', url: 'https://example.com/2' },
        { title: 'Third', url: 'https://example.com/3', content: 'beyond the count' },
      ],
    })
  })
  const found = await spoke.search({ query: 'advisory locks', count: 2, page: 3, language: 'de' })
  assert.deepEqual(found, {
    results: [
      { title: 'Locks', url: 'https://example.com/locks', snippet: 'About locks.' },
      { title: 'Second', url: 'https://example.com/2', snippet: '' },
    ],
  })
  assert.deepEqual(asked, ['/search?q=advisory+locks&format=json&pageno=3&language=de'])
})

void test('a search at Brave sends the key from its file and reads the format of Brave', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'websearch-'))
  const keyFile = join(folder, 'brave.key')
  await writeFile(keyFile, 'key-of-the-test\n', { mode: 0o600 })
  const asked: (string | string[] | undefined)[] = []
  await using spoke = await start(
    'brave',
    (request, response) => {
      asked.push(request.url, request.headers['x-subscription-token'])
      const results = [{ title: 'A', url: 'https://example.com/a', description: 'First.' }]
      json(response, asked.length > 2 ? { type: 'search' } : { web: { results } })
    },
    { keyFile },
  )
  const first = await spoke.search({ query: 'a' })
  assert.deepEqual(first, {
    results: [{ title: 'A', url: 'https://example.com/a', snippet: 'First.' }],
  })
  assert.deepEqual(asked, [
    '/search?q=a&count=10&offset=0&text_decorations=false',
    'key-of-the-test',
  ])
  assert.deepEqual(await spoke.search({ query: 'nothing' }), { results: [] })
  await rm(folder, { recursive: true })
})

const failures: readonly (readonly [name: string, code: string, handler: Handler])[] = [
  ['status 500', 'SEARCH_FAILED', (_, response) => response.writeHead(500).end()],
  ['a refused key', 'SEARCH_FAILED', (_, response) => response.writeHead(403).end()],
  [
    'a redirect',
    'SEARCH_FAILED',
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  ],
  ['a web page', 'SEARCH_FAILED', (_, response) => response.end('<html>')],
  ['another format', 'SEARCH_FAILED', (_, response) => json(response, { items: [] })],
  ['deep nesting', 'SEARCH_FAILED', (_, response) => response.end('['.repeat(500_000))],
  ['an endless answer', 'SEARCH_FAILED', (_, response) => sendForever(response)],
  ['a connection that is cut', 'SEARCH_FAILED', (request) => request.socket.destroy()],
  [
    'an answer that is cut',
    'SEARCH_FAILED',
    (_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('{', () => response.destroy())
    },
  ],
  [
    'a limit',
    'SEARCH_LIMITED',
    (_, response) => response.writeHead(429, { 'retry-after': '7' }).end(),
  ],
]

function sendForever(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, 0x20)
  const send = (): void => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', send)
  send()
}

for (const [name, code, handler] of failures)
  void test(`the caller gets ${code} when the search service answers with ${name}`, async () => {
    await using spoke = await start('searxng', handler)
    await assert.rejects(spoke.search({ query: 'x' }), (error: CodedError) => {
      assert.equal(codeOf(error), code)
      if (code === 'SEARCH_LIMITED') assert.deepEqual(error.details, { retryAfterMs: 7000 })
      assert.doesNotMatch(error.message, /127\.0\.0\.1/)
      return true
    })
  })

void test('a search service that does not answer ends the call after the time of the settings', async () => {
  await using spoke = await start('searxng', () => {}, { timeoutMs: 50 })
  await assert.rejects(spoke.search({ query: 'x' }), /did not answer within 50 ms/)
})

void test('everything that is wrong with the settings is reported at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'websearch-'))
  const file = join(folder, 'settings.json')
  const reported = async (text: string): Promise<string> => {
    await writeFile(file, text)
    return readSettings(file).then(
      () => 'accepted',
      (error: Error) => error.message,
    )
  }
  assert.equal(
    await reported('{"upstream":{"engine":"brave","url":"https://a.example"}}'),
    'accepted',
  )
  const wrong = { port: 1, upstream: { engine: 'none', url: 'ftp://a.example', timeoutMs: 0 } }
  assert.match(
    await reported(JSON.stringify(wrong)),
    /engine must be one of searxng, brave.*url must be an http.*timeoutMs must be.*port is not a setting/,
  )
  assert.match(await reported('[]'), /The settings must be an object/)
  assert.match(await reported('{'), /is not valid JSON/)
  await assert.rejects(readSettings(join(folder, 'none.json')), /copy settings.example.json/)
  await rm(folder, { recursive: true })
})
