import { CodedError } from '@alkdev/errors'
import { deferred } from '@alkdev/std'
import { expect, test } from 'vitest'
import { OpenLane } from './open-lane.ts'

/** A lane whose first statement waits, so that the next items share one. */
function lane(write: (items: readonly string[]) => Promise<readonly string[]>): {
  readonly lane: OpenLane<string, string>
  readonly first: Promise<string>
  readonly release: () => void
} {
  const gate = deferred<void>()
  const made = new OpenLane<string, string>(async (items) => {
    if (items[0] === 'first') await gate.promise
    return write(items)
  })
  return { lane: made, first: made.add('first'), release: () => gate.resolve() }
}

test('what comes while a statement runs shares the next one, and each item gets its own result', async () => {
  const statements: (readonly string[])[] = []
  const {
    lane: made,
    first,
    release,
  } = lane(async (items) => {
    statements.push(items)
    return items.map((item) => `${item}!`)
  })
  await Promise.resolve()
  const rest = [made.add('a'), made.add('b')]
  release()
  expect(await Promise.all([first, ...rest])).toEqual(['first!', 'a!', 'b!'])
  expect(statements).toEqual([['first'], ['a', 'b']])
})

test('an item that the database refuses costs the others nothing', async () => {
  const {
    lane: made,
    first,
    release,
  } = lane(async (items) => {
    if (items.includes('bad')) throw new CodedError('INTERNAL', 'refused')
    return items
  })
  await Promise.resolve()
  const rest = Promise.allSettled([made.add('a'), made.add('bad'), made.add('b')])
  release()
  await first
  expect((await rest).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('items of a statement whose outcome is unknown are not written again', async () => {
  let statements = 0
  const {
    lane: made,
    first,
    release,
  } = lane(async (items) => {
    statements += 1
    if (items.includes('a')) throw new CodedError('UNAVAILABLE', 'The connection was lost.')
    return items
  })
  await Promise.resolve()
  const rest = Promise.allSettled([made.add('a'), made.add('b')])
  release()
  await first
  for (const result of await rest)
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } })
  expect(statements).toBe(2)
})
