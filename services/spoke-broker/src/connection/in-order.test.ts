import { expect, test } from 'vitest'
import { InOrder } from './in-order.ts'

test('steps run one after the other, and those behind a step that fails still run', async () => {
  const seen: unknown[] = []
  const order = new InOrder()
  const last = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  order.add(
    async () => {
      await gate.promise
      seen.push('first')
    },
    (error) => seen.push(error),
  )
  order.add(
    () => {
      throw new Error('at once')
    },
    (error) => {
      seen.push((error as Error).message)
      throw new Error('in the callback')
    },
  )
  order.add(
    () => Promise.reject(new Error('later')),
    (error) => seen.push((error as Error).message),
  )
  order.add(
    async () => void seen.push('last'),
    () => last.resolve(),
  )
  gate.resolve()
  await last.promise
  expect(seen).toEqual(['first', undefined, 'at once', 'later', 'last'])
})
