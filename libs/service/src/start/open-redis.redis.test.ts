import { Secret } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { openRedis } from './open-redis.ts'

async function refusal(url: string, connectTimeoutMs = 20_000): Promise<OperatorError> {
  const config = { url: new Secret(url), prefix: 'test', connectTimeoutMs }
  const error: unknown = await openRedis(config, 'test').then(
    (redis) => redis.disconnect(),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(OperatorError)
  return error as OperatorError
}

// B19
test.each([
  ['the number of a database that is not there', '', '/999', /no database of the number/],
  ['a user that is not known', 'unknown:wr0ng-secret@', '', /refuses the password/],
])('a Redis that refuses %s is reported as such, with a fix', async (_, before, behind, says) => {
  const { host } = new URL(testRedis().url)
  const error = await refusal(`redis://${before}${host}${behind}`)
  expect(error.message).toMatch(says)
  expect(error.message).toContain(host)
  expect(`${error.message} ${error.fix}`).not.toContain('wr0ng')
  expect(error.fix).not.toBe('')
})

test('a Redis without TLS that is addressed with TLS is reported as such', async () => {
  const { host } = new URL(testRedis().url)
  const error = await refusal(`rediss://:wr0ng-secret@${host}`, 1000)
  expect(error.message).toBe(
    `Redis at ${host} does not answer over TLS; an address that begins with redis:// is one without TLS.`,
  )
  expect(error.message).not.toContain('wr0ng')
})
