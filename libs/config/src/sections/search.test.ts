import { Secret } from '@alkdev/crypto'
import { expect, test } from 'vitest'
import { searchFailures } from './search.ts'

test('a model of embeddings needs a key with which it is called', () => {
  const queryTimeoutMs = 500
  const embeddings = 'openai/small'
  expect(searchFailures({ queryTimeoutMs })).toEqual([])
  expect(searchFailures({ queryTimeoutMs, embeddings })).toMatchObject([{ path: 'search.key' }])
  expect(searchFailures({ queryTimeoutMs, embeddings, key: new Secret('alk_x') })).toEqual([])
})
