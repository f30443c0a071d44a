import { expect, test } from 'vitest'
import type { CallOrigin } from './call-origin.ts'
import { KeptAnswers } from './kept-answers.ts'

function closedSocket(): CallOrigin {
  return {
    open: false,
    bufferedBytes: 0,
    maxPayloadBytes: 1,
    calls: {
      call: () => Promise.reject(new Error('closed')),
      subscribe: () => {
        throw new Error('closed')
      },
    },
    sendText: () => false,
    confirm: () => false,
  }
}

test('the oldest answers are dropped first, by number and by bytes, and each is reported', () => {
  const dropped: string[] = []
  const answers = new KeptAnswers((id) => dropped.push(id), { mostAnswers: 3, mostBytes: 10 })
  const socket = closedSocket()
  for (const id of ['a', 'b', 'c', 'd']) answers.send(id, 'xx', socket)
  expect(dropped).toEqual(['a'])
  answers.send('e', 'xxxxxxxx', socket)
  expect(dropped).toEqual(['a', 'b', 'c'])
  expect(answers.stranded()).toEqual(['d', 'e'])
})

test('an answer larger than the whole limit is dropped and reported, not kept', () => {
  const dropped: string[] = []
  const answers = new KeptAnswers((id) => dropped.push(id), { mostAnswers: 3, mostBytes: 10 })
  answers.send('a', 'x'.repeat(11), closedSocket())
  expect(dropped).toEqual(['a'])
  expect(answers.size).toBe(0)
})

test('after a reconnect the requested answers are sent and kept again, the others discarded', () => {
  const sent: string[] = []
  const answers = new KeptAnswers(() => {})
  answers.send('a', 'A', closedSocket())
  answers.send('b', 'B', closedSocket())
  const next: CallOrigin = {
    ...closedSocket(),
    open: true,
    sendText: (text) => sent.push(text) > 0,
    confirm: () => true,
  }
  answers.resumed(new Set(['b']), next)
  expect(sent).toEqual(['B'])
  expect(answers.size).toBe(1)
  answers.confirmed(next)
  expect(answers.size).toBe(0)
})
