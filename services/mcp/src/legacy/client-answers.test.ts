import { expect, test } from 'vitest'
import { ClientAnswers } from './client-answers.ts'
import type { ClientAnswer } from './client-answers.ts'

/** Two replicas that reach each other. */
function replicas(): [ClientAnswers, ClientAnswers] {
  const listeners: ((message: string) => void)[] = []
  const channel = {
    publish: async (message: string) => {
      for (const listener of listeners) listener(message)
    },
    subscribe: async (listener: (message: string) => void) => void listeners.push(listener),
  }
  return [new ClientAnswers(channel), new ClientAnswers(channel)]
}

const asked = { keyId: 'k1', session: 's1' }
const answer: ClientAnswer = { jsonrpc: '2.0', id: 'r1', result: { action: 'accept' } }

test('an answer that reaches another replica is delivered, once', async () => {
  const [waiting, reached] = replicas()
  const got: ClientAnswer[] = []
  waiting.wait('r1', { ...asked, deliver: (one) => got.push(one) })
  await waiting.listen()
  await reached.give(asked, answer)
  await reached.give(asked, answer)
  expect(got).toEqual([answer])
})

test.each([
  ['another key', { ...asked, keyId: 'k2' }, answer],
  ['another session', { ...asked, session: 's2' }, answer],
  ['no session', { ...asked, session: undefined }, answer],
  ['another id', asked, { ...answer, id: 'r2' }],
])('an answer with %s is not delivered', async (_what, by, given) => {
  const [waiting, reached] = replicas()
  const got: ClientAnswer[] = []
  waiting.wait('r1', { ...asked, deliver: (one) => got.push(one) })
  await waiting.listen()
  await reached.give(by, given)
  await waiting.give(by, given)
  expect(got).toEqual([])
})

test('a request that is forgotten gets no answer', async () => {
  const [waiting] = replicas()
  const got: ClientAnswer[] = []
  waiting.wait('r1', { ...asked, deliver: (one) => got.push(one) })()
  await waiting.give(asked, answer)
  expect(got).toEqual([])
})

const deliver = (): void => undefined

test('the hub waits for at most 10,000 answers', () => {
  const [waiting] = replicas()
  for (let n = 0; n < 10_000; n += 1)
    waiting.wait(`r${n}`, { ...asked, keyId: `k${n % 100}`, deliver })
  expect(() => waiting.wait('one-more', { ...asked, keyId: 'another', deliver })).toThrow(
    'too many',
  )
})

test('the hub waits for at most 100 answers with one key, until one is given or forgotten', async () => {
  const [waiting] = replicas()
  for (let n = 1; n < 100; n += 1) waiting.wait(`r${n}`, { ...asked, deliver })
  const forget = waiting.wait('last', { ...asked, deliver })
  const more = (id: string) => () => waiting.wait(id, { ...asked, deliver })
  expect(more('a')).toThrow('too many')
  forget()
  forget()
  more('b')()
  expect(more('c')).toThrow('too many')
  await waiting.give(asked, answer)
  more('d')
  expect(more('e')).not.toThrow()
})
