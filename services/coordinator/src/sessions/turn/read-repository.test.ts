import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { readRepository } from './read-repository.ts'

const principal: Identity = { id: 'a', scopes: ['*'] }

/** What is read when the call at the spoke ends with this error. */
function read(ended: CallError) {
  const bus = { directory: { get: () => ({}) }, call: () => Promise.reject(ended) }
  return readRepository(
    { bus } as unknown as Parameters<typeof readRepository>[0],
    { prefix: 'dev.desk' },
    { principal, attachment: { spokeId: 'one', epoch: 1 } },
  )
}

test('only a spoke that says so has no repository: a git that failed is an error, and is tried again', async () => {
  const none = new CallError('EXECUTION_ERROR', 'No.', { reason: 'no-repository' })
  expect(await read(none)).toBeNull()
  const killed = new CallError('EXECUTION_ERROR', 'git ended with the signal SIGKILL.')
  await expect(read(killed)).rejects.toBe(killed)
})
