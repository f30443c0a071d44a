import { expect, test } from 'vitest'
import { CLIENT_CONFIGS, CLIENT_TYPES } from './index.ts'

test('each type of client has a schema for its config', () => {
  expect(Object.keys(CLIENT_CONFIGS)).toEqual([...CLIENT_TYPES])
})
