import { expect, test } from 'vitest'
import { mapGroupBy, objectGroupBy, promiseWithResolvers, urlParse } from './older-node.ts'

test('the stand-ins answer as the built-in functions do', async () => {
  const { promise, resolve, reject } = promiseWithResolvers<number>()
  resolve(7)
  reject(new Error('too late'))
  expect(await promise).toBe(7)
  for (const [text, base] of [['http://a/b'], ['b', 'http://a/'], ['b'], ['http://[']] as const)
    expect(urlParse(text, base)?.href).toBe(URL.parse(text, base)?.href)
  const keyOf = (value: number): string => (value > 1 ? 'many' : 'one')
  expect(mapGroupBy([1, 2, 3], keyOf)).toEqual(Map.groupBy([1, 2, 3], keyOf))
  expect({ ...objectGroupBy([1, 2, 3], keyOf) }).toEqual({ ...Object.groupBy([1, 2, 3], keyOf) })
})
