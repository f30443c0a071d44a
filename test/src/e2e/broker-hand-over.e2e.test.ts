import { attachSpoke, mutation, Type } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'
import { expect, test } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'

test('brokers are replaced one after the other, and no call of the only spoke of an operation, which is behind a gateway, fails', async () => {
  await using hub = await startTestStack()
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  const input = Type.Object({ n: Type.Integer() })
  let attaches = 0
  await using spoke = attachSpoke({
    hub: hub.gateway,
    key,
    name: 'mover',
    onAttached: () => (attaches += 1),
    operations: [
      mutation(
        { id: 'work.echo', description: 'Returns its input.', input, output: input },
        ({ n }) => ({ n }),
      ),
    ],
  })
  await spoke.attached()
  const done = new AbortController()
  const failures: unknown[] = []
  let made = 0
  const caller = async (): Promise<void> => {
    while (!done.signal.aborted) {
      made += 1
      const { status, body } = await call(hub, hub.admin, 'client.mover.work.echo', { n: made })
      if (status !== 200) failures.push(body)
      await sleep(5)
    }
  }
  const spokeItself = async (): Promise<void> => {
    while (!done.signal.aborted) {
      await spoke
        .call('client.mover.work.echo', { n: 0 })
        .catch((error: unknown) => failures.push(error))
      await sleep(5)
    }
  }
  const callers = [...Array.from({ length: 4 }, caller), spokeItself()]
  const rounds = 3
  for (let round = 0; round < rounds; round++) await hub.replace('spoke-broker')
  done.abort()
  await Promise.all(callers)
  expect(failures).toEqual([])
  expect(attaches).toBeGreaterThan(rounds)
  expect(made).toBeGreaterThan(100)
})
