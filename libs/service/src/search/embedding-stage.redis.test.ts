import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Bus, DirectoryEntry } from '@alkdev/bus'
import { Secret } from '@alkdev/crypto'
import { createRedisConnection } from '@alkdev/redis'
import { testRedis } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EmbeddingStage } from './embedding-stage.ts'

const PATIENCE = { timeout: 60_000 }
const WORDS = ['pay', 'walk', 'poison']

interface Asked {
  readonly authorization: string | undefined
  readonly body: { readonly model: string; readonly input: readonly string[] }
}

const asked: Asked[] = []
let isSilent = false
/** Answers as an inference proxy: one number for each of the words, and one that all texts have. */
const proxy = createServer((request, answer) => {
  void (async () => {
    let text = ''
    for await (const part of request) text += String(part)
    const body = JSON.parse(text) as Asked['body']
    asked.push({ authorization: request.headers.authorization, body })
    if (isSilent || request.url !== '/v1/embeddings') return
    const isRefused = body.input.some((one) => one.includes('poison'))
    answer.writeHead(isRefused ? 400 : 200, { 'content-type': 'application/json' })
    const data = body.input.map((one, index) => {
      const embedding = [...WORDS.map((word) => (one.includes(word) ? 1 : 0)), 0.1]
      return { object: 'embedding', index, embedding }
    })
    answer.end(JSON.stringify({ object: 'list', model: body.model, data }))
  })()
})
const redis = testRedis()
const address = { url: redis.url, connectTimeoutMs: 30_000 }
const connection = createRedisConnection('commands', address, { name: 'test:embeddings' })

beforeAll(async () => {
  await connection.connect()
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  proxy.closeAllConnections()
  await new Promise((resolve) => proxy.close(resolve))
  connection.disconnect()
})

function entry(operationId: string, description: string): DirectoryEntry {
  const [namespace = '', name = ''] = operationId.split('.')
  return { operationId, spec: { namespace, name, description } } as DirectoryEntry
}

function openStage(entries: DirectoryEntry[], model = 'fake/words') {
  const log: string[] = []
  const directory = { revision: 1, entries, all: () => directory.entries }
  const { port } = proxy.address() as AddressInfo
  const proxies = [{ url: `http://127.0.0.1:${port}`, load: 0, draining: false }]
  const stage = EmbeddingStage.open({
    search: { embeddings: model, key: new Secret('alk_test'), queryTimeoutMs: 30_000 },
    bus: { directory, instances: () => proxies } as unknown as Bus,
    redis: connection,
    prefix: redis.prefix.replace(/:$/, ''),
    logger: {
      info: (_: unknown, text: string) => log.push(text),
      warn: (_: unknown, text: string) => log.push(text),
    } as never,
    pauses: { lookMs: 20, retryMs: 1 },
  }) as EmbeddingStage
  return { stage, directory, log, complete: () => log.includes('all operations are embedded') }
}

async function find(stage: EmbeddingStage, query: string): Promise<readonly string[] | undefined> {
  return (await stage.nearestTo(query))?.(() => true, 10)
}

const many = (model: string): DirectoryEntry[] =>
  Array.from({ length: 70 }, (_, at) => entry(`a.op${at}`, `${model} does ${at}`))

test('operations are embedded in batches, once in a deployment, and found by a query', async () => {
  const entries = [...many('one'), entry('shop.settle', 'pay for it'), entry('legs.go', 'walk')]
  const { stage, complete } = openStage(entries)
  expect(await stage.nearestTo('pay')).toBeUndefined()
  stage.start()
  await expect.poll(complete, PATIENCE).toBe(true)
  expect(asked.map(({ body }) => body.input.length)).toEqual([32, 32, 8])
  expect(asked[0]).toMatchObject({
    authorization: 'Bearer alk_test',
    body: { model: 'fake/words' },
  })
  expect(asked[0]?.body.input[0]).toBe('a op0. one does 0')
  expect(await find(stage, 'pay now')).toEqual(['shop.settle'])
  expect(await find(stage, 'a long walk')).toEqual(['legs.go'])
  await stage.stop()

  const requests = asked.length
  const other = openStage(entries)
  other.stage.start()
  await expect.poll(other.complete, PATIENCE).toBe(true)
  expect(asked).toHaveLength(requests)
  await other.stage.stop()
})

test('a changed operation is embedded again', async () => {
  const { stage, directory, complete } = openStage([
    entry('a.x', 'walk slowly'),
    entry('a.y', 'else'),
  ])
  stage.start()
  await expect.poll(complete, PATIENCE).toBe(true)
  directory.entries = [entry('a.x', 'else'), entry('a.y', 'walk fast')]
  directory.revision += 1
  await expect.poll(() => find(stage, 'walk'), PATIENCE).toEqual(['a.y'])
  await stage.stop()
})

test('a text that the model refuses holds up no other', async () => {
  const entries = [entry('a.bad', 'poison'), ...many('three'), entry('a.pay', 'pay early')]
  const { stage, log } = openStage(entries, 'fake/other-words')
  stage.start()
  await expect.poll(() => find(stage, 'pay'), PATIENCE).toEqual(['a.pay'])
  const embedded = (): boolean =>
    asked.some(({ body }) => body.input.length === 1 && body.input[0]?.includes('poison') === true)
  await expect.poll(embedded, PATIENCE).toBe(true)
  expect(log).toContain('operations could not be embedded')
  await stage.stop()
})

test('a stage that stops leaves no search and no request waiting', async () => {
  const { stage, complete } = openStage([entry('a.x', 'walk there'), entry('a.y', 'else')])
  stage.start()
  await expect.poll(complete, PATIENCE).toBe(true)
  isSilent = true
  const before = asked.length
  const waiting = stage.nearestTo('never answered')
  await expect.poll(() => asked.length, PATIENCE).toBe(before + 1)
  await stage.stop()
  expect(await waiting).toBeUndefined()
})

test('without a model there is no stage', () => {
  const search = { queryTimeoutMs: 1 }
  expect(EmbeddingStage.open({ search } as never)).toBeUndefined()
})
