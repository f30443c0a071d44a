import { expect, test } from 'vitest'
import { ToolCallRepair } from './tool-call-repair.ts'

interface Piece {
  readonly id?: string
  readonly index?: number
  readonly args?: string
}

const event = (...pieces: readonly Piece[]) => ({
  id: 'x',
  choices: [
    {
      index: 0,
      delta: {
        tool_calls: pieces.map(({ id, index, args = '' }) => ({
          ...(id !== undefined && { id }),
          ...(index !== undefined && { index }),
          function: { arguments: args },
        })),
      },
    },
  ],
})

/** The arguments by index, after the repair. */
function assembled(events: readonly ReturnType<typeof event>[]): string[] {
  const repair = new ToolCallRepair()
  const found: string[] = []
  for (const one of events) {
    const repaired = (repair.take(one) ?? one) as ReturnType<typeof event>
    for (const call of repaired.choices[0]?.delta.tool_calls ?? []) {
      const { index = -1 } = call as { index?: number }
      found[index] = (found[index] ?? '') + call.function.arguments
    }
  }
  return found
}

test('a new id at a used index opens the next index', () => {
  const events = [
    event({ id: 'a', index: 0, args: '{"a"' }),
    event({ index: 0, args: ':1}' }),
    event({ id: 'b', index: 0, args: '{"b"' }),
    event({ index: 0, args: ':2}' }),
  ]
  expect(assembled(events)).toEqual(['{"a":1}', '{"b":2}'])
})

test('without an index an id opens a call, and a piece without both continues the last one', () => {
  const events = [
    event({ id: 'a', args: '{' }),
    event({ args: '1}' }),
    event({ id: 'b', args: '{' }),
    event({ args: '2}' }),
    event({ id: 'a', args: '!' }),
  ]
  expect(assembled(events)).toEqual(['{1}!', '{2}'])
})

test('indices that begin at 1 or have gaps become dense', () => {
  expect(
    assembled([event({ id: 'a', index: 1, args: 'x' }), event({ id: 'b', index: 5, args: 'y' })]),
  ).toEqual(['x', 'y'])
})

test('a stream that is right is not changed', () => {
  const repair = new ToolCallRepair()
  const events = [
    event({ id: 'a', index: 0 }, { id: 'b', index: 1 }),
    event({ index: 1, args: 'y' }),
    event({ id: '', index: 0, args: 'x' }),
    { choices: [{ index: 0, delta: { content: 'Hi' } }] },
    { choices: [] },
    '[DONE]',
  ]
  expect(events.map((one) => repair.take(one))).toEqual(events.map(() => undefined))
})

test('choices are repaired each by itself', () => {
  const repair = new ToolCallRepair()
  repair.take(event({ id: 'a', index: 0 }))
  const second = { choices: [{ ...event({ id: 'b', index: 0 }).choices[0], index: 1 }] }
  expect(repair.take(second)).toBeUndefined()
})
