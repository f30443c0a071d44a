import { expect, test } from 'vitest'
import { joinDeltas } from './delta-stream.ts'
import type { Delta } from './delta-stream.ts'

test('deltas of one kind that follow on each other are one, unless what came before is lost', () => {
  const call = (n: number, modelCallId: string, text: string): Delta => ({
    n,
    kind: 'tool-input',
    text,
    modelCallId,
    toolName: 'call',
  })
  const deltas: Delta[] = [
    { n: 1, kind: 'reasoning', text: 'so ' },
    { n: 2, kind: 'text', text: 'one ' },
    { n: 3, kind: 'text', text: 'two' },
    call(4, 'a', '{'),
    call(5, 'a', '}'),
    call(6, 'b', '{}'),
    { n: 7, kind: 'text', text: 'one two', restarts: true },
    { n: 8, kind: 'text', text: ' three' },
  ]
  expect(joinDeltas(deltas)).toEqual([
    { n: 1, kind: 'reasoning', text: 'so ' },
    { n: 3, kind: 'text', text: 'one two' },
    call(5, 'a', '{}'),
    call(6, 'b', '{}'),
    { n: 8, kind: 'text', text: 'one two three', restarts: true },
  ])
  expect(joinDeltas([])).toEqual([])
})
