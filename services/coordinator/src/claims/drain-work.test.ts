import { expect, test } from 'vitest'
import { drainWork } from './drain-work.ts'

/** Work of which one piece ends with each call of `end`. */
function workOf(pieces: number) {
  const idle: (() => void)[] = []
  let held = pieces
  let abandoned = 0
  return {
    end: () => {
      held--
      if (held === 0) for (const resolve of idle.splice(0)) resolve()
    },
    abandoned: () => abandoned,
    options: {
      budgetMs: 60_000,
      abandon: () => void abandoned++,
      held: () => held,
      onIdle: (resolve: () => void) => void idle.push(resolve),
      what: 'The end of the work',
    },
  }
}

test('a drain ends when the last piece of work has ended, and abandons nothing', async () => {
  const work = workOf(2)
  let isOver = false
  const drained = drainWork({ ...work.options, signal: new AbortController().signal }).then(() => {
    isOver = true
  })
  work.end()
  await Promise.resolve()
  expect(isOver).toBe(false)
  work.end()
  await drained
  expect(work.abandoned()).toBe(0)
})

test('a drain whose signal aborts abandons the work, and waits no longer', async () => {
  const work = workOf(1)
  const controller = new AbortController()
  const drained = drainWork({ ...work.options, signal: controller.signal })
  controller.abort()
  await drained
  expect(work.abandoned()).toBe(1)
})

test('a drain abandons the work before its budget ends, and ends with the work', async () => {
  const work = workOf(1)
  const abandon = (): void => work.end()
  await drainWork({
    ...work.options,
    budgetMs: 2,
    abandon,
    signal: new AbortController().signal,
  })
  expect(work.options.held()).toBe(0)
})
