import { CodedError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { endOf } from './spoke.ts'

const ended = (code: string, reason?: string): string => {
  const more = reason === undefined ? {} : { details: { reason } }
  const { message, fix } = endOf('laptop', new CodedError(code, 'Why.', more))
  return `${message} ${fix}`
}

test('a spoke that was sent away permanently says why, and what to do', () => {
  expect(ended('CONFLICT', 'disconnected')).toMatch(/^An operator disconnected laptop\. Start it/)
  expect(ended('CONFLICT', 'taken-over')).toMatch(/^Another process attached as laptop\. .*--name/)
  expect(ended('UNAUTHENTICATED')).toMatch(/^The key is not valid.*keys create/)
  expect(ended('CONFLICT')).toMatch(/^The hub does not take this spoke: Why\./)
})
