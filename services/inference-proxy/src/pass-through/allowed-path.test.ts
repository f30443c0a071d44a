import { expect, test } from 'vitest'
import type { Provider } from '../providers/provider.ts'
import { allowedPath } from './allowed-path.ts'

const provider = { config: { paths: ['moderations', 'files', 'files/*'] } } as unknown as Provider

test.each([
  ['moderations', 'moderations'],
  ['files', 'files'],
  ['files/file-1/content', 'files/*'],
])('%s is allowed by %s', (path, entry) => {
  expect(allowedPath(provider, path)).toBe(entry)
})

test.each([
  'moderations/x',
  'images/generations',
  'files/',
  'files/..',
  'files/../admin',
  'files/%2e%2e/admin',
  'files/..%2fadmin',
  'files/a%5c..%5cadmin',
  'files/a?b',
  'files/%zz',
  'filesx',
  '',
])('%j is not allowed', (path) => {
  expect(allowedPath(provider, path)).toBeUndefined()
})

test('without paths nothing is allowed', () => {
  expect(allowedPath({ config: {} } as Provider, 'moderations')).toBeUndefined()
})
