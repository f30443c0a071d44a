import { CallError } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { isUnknown, mayRepeat, moreTrue } from './tool-call-end.ts'

const lost = new CallError('PROVIDER_LOST', 'Lost.', { outcome: 'unknown' })
const away = new CallError('PROVIDER_UNAVAILABLE', 'Not there. Nothing ran.')
const failed = new CallError('EXECUTION_ERROR', 'Failed.')

test('a later attempt that did not run does not make an earlier one, which may have, one that did not', () => {
  expect(moreTrue(lost, away)).toBe(lost)
  expect(isUnknown(moreTrue(lost, away))).toBe(true)
  expect(moreTrue(lost, failed)).toBe(failed)
  expect(moreTrue(away, lost)).toBe(lost)
  expect(moreTrue(failed, away)).toBe(away)
})

test('a call is made again when its class allows it or nothing ran, but not when its rights were withdrawn', () => {
  const again = new CallError('PROVIDER_UNAVAILABLE', 'x', { reason: 'spoke-attached-again' })
  const denied = new CallError('ACCESS_DENIED', 'x', { outcome: 'unknown' })
  const errors = [again, away, lost, failed, denied]
  const of = (retry: 'keyed' | 'never') => errors.map((error) => mayRepeat({ retry }, error))
  expect(of('never')).toEqual([true, false, false, false, false])
  expect(of('keyed')).toEqual([true, false, true, false, false])
})
