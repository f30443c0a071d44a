import { CallError } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import { expect, test } from 'vitest'
import { CreditWindow } from './credit-window.ts'

test('so many items as there are credits go at once, the next waits for more', async () => {
  const window = new CreditWindow(2, 60_000, new AbortController().signal)
  await window.take()
  let passed = false
  const second = window.take().then(() => (passed = true))
  await sleep(10)
  expect(passed).toBe(false)
  window.add(1)
  await second
  expect(passed).toBe(true)
})

test('a reader that leaves, or takes nothing for too long, ends the wait', async () => {
  const controller = new AbortController()
  const left = new CreditWindow(1, 60_000, controller.signal)
  const waiting = left.take()
  controller.abort(new CallError('ABORTED', 'gone'))
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(left.take()).rejects.toMatchObject({ code: 'ABORTED' })
  const idle = new CreditWindow(1, 20, new AbortController().signal)
  await expect(idle.take()).rejects.toMatchObject({ code: 'TIMEOUT' })
})
