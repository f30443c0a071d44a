import { expect, test } from 'vitest'
import { Endings } from './endings.ts'

test('requests that run end with the process, also those that begin then; those that have ended do not', () => {
  const process = new AbortController()
  const endings = new Endings(process.signal)
  const [runs, over, late] = [1, 2, 3].map(() => new AbortController())
  if (!runs || !over || !late) throw new Error('not made')
  endings.add(runs)
  endings.add(over)()
  process.abort(new Error('The process ends.'))
  endings.add(late)
  expect([runs, over, late].map(({ signal }) => signal.aborted)).toEqual([true, false, true])
  expect(runs.signal.reason).toBe(process.signal.reason)
})
