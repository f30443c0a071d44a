import { REPLACES_UNSTORABLE, SERVICE_OPERATIONS, SpokeHello } from '@alkdev/contracts'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFuzzHub } from '../fuzz/fuzz-hub.ts'
import type { FuzzHub } from '../fuzz/fuzz-hub.ts'
import { placesIn, pointerOf, sampleOf, textWith, valueAt } from '../fuzz/sample-input.ts'
import type { Place } from '../fuzz/sample-input.ts'
import { PlainSocket } from '../plain-socket.ts'

let hub: FuzzHub

beforeAll(async () => {
  hub = await startFuzzHub(1)
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const UNSTORABLE = ['\\u0000', 'x\\ud800', '\\udc00x']
/** One for each place, in turns: the tests of `unstorablePath` have each at any place. */
const textAt = (place: number): string => UNSTORABLE[place % UNSTORABLE.length] ?? ''

/** At most one of `accountId`, `orgId` and `all` is taken: a call with all of them is refused for that reason first. */
function withOneOwner(sample: unknown): unknown {
  const { all, orgId, ...rest } = sample as Readonly<Record<string, unknown>>
  const isExclusive = all !== undefined && orgId !== undefined && rest['accountId'] !== undefined
  return isExclusive ? rest : sample
}

const ALL = SERVICE_OPERATIONS.map(({ spec, service }) => {
  const sample = withOneOwner(sampleOf(spec.inputSchema))
  const texts = placesIn(sample).filter((place) => typeof valueAt(sample, place) === 'string')
  const accept = spec.type === 'subscription' ? 'text/event-stream' : 'application/json'
  // What others wrote, as a document that is imported: no member is refused for its text.
  const isReplaced = spec._meta?.[REPLACES_UNSTORABLE] === true
  return { id: `${spec.namespace}.${spec.name}`, service, accept, sample, texts, isReplaced }
})
const OPERATIONS = ALL.filter(({ isReplaced }) => !isReplaced)

interface Answer {
  readonly code?: string
  readonly details?: { readonly errors?: readonly { readonly path: string }[] }
}

async function call(id: string, body: string, accept: string): Promise<Answer> {
  const response = await fetch(`${hub.target.gateway}/api/operations/${id}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${hub.target.key}`,
      'content-type': 'application/json',
      accept,
    },
    body,
  })
  const text = await response.text()
  // A stream that fails at its beginning is an event with the error.
  return JSON.parse(
    text.startsWith('{') ? text : (/^data: (.*)$/m.exec(text)?.[1] ?? '{}'),
  ) as Answer
}

/** The refusal, or what is wrong with it: it must name the member, what holds it, or (of a branch of alternatives) what is in it. */
function refusalOf({ code, details }: Answer, place: Place): string | undefined {
  const pointer = pointerOf(place)
  const paths = (details?.errors ?? []).map(({ path }) => path)
  const isNamed = paths.some((path) => pointer.startsWith(path) || path.startsWith(pointer))
  return isNamed ? code : `${code} at ${paths.join()}`
}

test.concurrent.each(OPERATIONS.filter(({ texts }) => texts.length > 0))(
  '$id refuses a text that cannot be stored in any member, and names it (H21)',
  async ({ id, service, accept, sample, texts }) => {
    const answers = texts.map(async (place, at) => {
      const text = textAt(at)
      const body = textWith(sample, new Map([[pointerOf(place), `"${text}"`]]))
      const answer = await call(id, body, accept)
      // Every process answers these itself, from memory.
      const isFine = service === 'local' && answer.code !== 'UNKNOWN_ERROR'
      return [pointerOf(place), text, isFine ? 'VALIDATION_ERROR' : refusalOf(answer, place)]
    })
    const found = await Promise.all(answers)
    expect(found.filter(([, , code]) => code !== 'VALIDATION_ERROR')).toEqual([])
  },
)

test.each(ALL.filter(({ isReplaced }) => isReplaced))(
  '$id replaces a text that cannot be stored, or names the member whose pattern it breaks (H21)',
  async ({ id, accept, sample, texts }) => {
    const { details } = await call(id, JSON.stringify(sample), accept)
    expect(texts.length).toBeGreaterThan(0)
    for (const [at, place] of texts.entries()) {
      const text = textAt(at)
      const body = textWith(sample, new Map([[pointerOf(place), `"${text}"`]]))
      const answer = await call(id, body, accept)
      // The document of the sample is none, which is all that is refused when the text is replaced.
      const isReplaced = JSON.stringify(answer.details) === JSON.stringify(details)
      const found = isReplaced ? answer.code : refusalOf(answer, place)
      expect([pointerOf(place), text, found]).toEqual([pointerOf(place), text, 'VALIDATION_ERROR'])
    }
  },
)

test('a registration with a text that cannot be stored is refused, in any member (H21)', async () => {
  const sample = sampleOf(SpokeHello)
  const texts = placesIn(sample).filter((place) => typeof valueAt(sample, place) === 'string')
  expect(texts.length).toBeGreaterThan(8)
  await using socket = await PlainSocket.open(hub.target.gateway, hub.target.key)
  for (const [at, place] of texts.entries()) {
    const id = randomUUID()
    const input = textWith(sample, new Map([[pointerOf(place), `"${textAt(at)}"`]]))
    socket.socket.send(
      `{"type":"call.requested","id":"${id}","payload":{"requestId":"${id}","operationId":"hub.register","input":${input}}}`,
    )
    const { payload } = await socket.next((frame) => frame.id === id)
    expect([pointerOf(place), refusalOf(payload as Answer, place)]).toEqual([
      pointerOf(place),
      'VALIDATION_ERROR',
    ])
  }
})
