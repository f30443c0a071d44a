import { CallError } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { isElsewhereNow, isUnknown, moreTrue } from './tool-call-end.ts'

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

test('only a call whose spoke was attached again is made again for that', () => {
  const again = new CallError('PROVIDER_UNAVAILABLE', 'x', { reason: 'spoke-attached-again' })
  expect([again, away, lost].map((error) => isElsewhereNow(error))).toEqual([true, false, false])
})
