import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Candidate } from '../routing/candidate.ts'
import { AnswerCache, cachePlaceOf } from './answer-cache.ts'
import type { CachedRequest } from './answer-cache.ts'
import { readModelBody } from './model-body.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const place = (id: string, keptMs = 1000) => ({ id, keptMs })

test('an answer is kept for its time', () => {
  const cache = new AnswerCache()
  cache.set(place('a'), Buffer.from('x'))
  vi.advanceTimersByTime(999)
  expect(cache.get(place('a'))?.toString()).toBe('x')
  vi.advanceTimersByTime(1)
  expect(cache.get(place('a'))).toBeUndefined()
})

test('over the limit of bytes the answer that was used least recently goes', () => {
  const cache = new AnswerCache(10)
  cache.set(place('a'), Buffer.from('1234'))
  cache.set(place('b'), Buffer.from('1234'))
  cache.get(place('a'))
  cache.set(place('c'), Buffer.from('1234'))
  expect(['a', 'b', 'c'].map((id) => cache.get(place(id)) !== undefined)).toEqual([
    true,
    false,
    true,
  ])
  cache.set(place('d'), Buffer.alloc(11))
  expect(cache.get(place('d'))).toBeUndefined()
  // Setting an answer again does not count it twice.
  for (let n = 0; n < 5; n++) cache.set(place('a'), Buffer.from('1234'))
  expect(cache.get(place('c'))).toBeDefined()
})

const candidate = (
  cacheSeconds: number | undefined,
  model = 'm',
  config: Record<string, unknown> = {},
): Candidate =>
  ({
    provider: { id: 'p', config: { baseUrl: 'http://a.test', cacheSeconds, ...config } },
    model,
  }) as never
const chat = { path: 'chat/completions', protocol: 'chat' } as const
const idOf = (
  text: string,
  account = 'a1',
  given = candidate(60),
  more: Partial<CachedRequest> = {},
) => {
  const caller = { accountId: account, headers: {}, outputLimit: undefined, ...more }
  return cachePlaceOf(chat, readModelBody(Buffer.from(text)), given, caller)?.id
}

test('only deterministic requests that are no stream are kept, at a provider that says so', () => {
  const text = '{"model":"acme/m","temperature":0}'
  expect(idOf(text)).toBeDefined()
  for (const other of [
    '{"model":"acme/m"}',
    '{"model":"acme/m","temperature":0.1}',
    '{"model":"acme/m","temperature":"0"}',
    '{"model":"acme/m","temperature":0,"stream":true}',
    '{"model":"acme/m","temperature":0,"store":true}',
    '{"model":"acme/m","temperature":0,"tools":[{"type":"web_search"}]}',
    '{"model":"acme/m","temperature":0,"previous_response_id":"resp_1"}',
    '{"model":"acme/m","temperature":0,"conversation":"conv_1"}',
    '{"model":"acme/m","temperature":0,"prompt":{"id":"pmpt_1"}}',
    '{"model":"acme/m","temperature":0,"background":true}',
    '{"model":"acme/m","temperature":0,"web_search_options":{}}',
    '{"model":"acme/m","temperature":0,"mcp_servers":[{"type":"url","url":"https://a.test"}]}',
  ])
    expect(idOf(other)).toBeUndefined()
  expect(idOf(text, 'a1', candidate(undefined))).toBeUndefined()
})

test('another account, another model and other bytes have another place', () => {
  const text = '{"model":"acme/m","temperature":0}'
  const ids = [
    idOf(text),
    idOf(text, 'a2'),
    idOf(text, 'a1', candidate(60, 'n')),
    idOf('{"model":"acme/m","temperature":0 }'),
  ]
  expect(new Set(ids).size).toBe(4)
  expect(idOf(text)).toBe(ids[0])
})

test('all that decides the answer beside the bytes gives another place, and ids of traces do not', () => {
  const text = '{"model":"acme/m","temperature":0}'
  const of = (config: Record<string, unknown>, more: Partial<CachedRequest> = {}) =>
    idOf(text, 'a1', candidate(60, 'm', config), more)
  const forwards = { forwardHeaders: ['X-Region'] }
  const ids = [
    of({}),
    of({ baseUrl: 'http://b.test' }),
    of({ headers: { 'openai-organization': 'org-b' } }),
    of({}, { outputLimit: 10 }),
    of({}, { outputLimit: 20 }),
    of({}, { headers: { 'anthropic-beta': 'new-thing' } }),
    of(forwards),
    of(forwards, { headers: { 'x-region': 'eu' } }),
  ]
  expect(new Set(ids).size).toBe(ids.length)
  const traced = { traceparent: '00-1', 'idempotency-key': 'k', 'x-region': 'eu' }
  expect(of({}, { headers: traced })).toBe(ids[0])
})
