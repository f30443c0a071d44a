import { expect, test } from 'vitest'
import { repeatUntil } from './repeat-until.ts'

test('a run that fails is reported, and the next one follows until the signal aborts', async () => {
  const controller = new AbortController()
  const errors: unknown[] = []
  let runs = 0
  await repeatUntil(
    { everyMs: 0, signal: controller.signal, onError: (error) => errors.push(error) },
    () => {
      runs++
      if (runs === 3) controller.abort()
      return runs === 2 ? Promise.reject(new Error('second')) : Promise.resolve()
    },
  )
  expect(runs).toBe(3)
  expect(errors).toEqual([new Error('second')])
})

test('nothing runs when the signal is aborted already', async () => {
  let runs = 0
  await repeatUntil({ everyMs: 0, signal: AbortSignal.abort(), onError: () => {} }, () => {
    runs++
    return Promise.resolve()
  })
  expect(runs).toBe(0)
})
