import type { Logger } from 'pino'
import { expect, test, vi } from 'vitest'
import { Teardown } from './teardown.ts'

test('resources are closed in the reverse order of their opening', async () => {
  const closed: string[] = []
  const teardown = new Teardown(() => undefined)
  for (const name of ['first', 'second', 'third']) teardown.add(name, () => void closed.push(name))
  await teardown.close(50)
  expect(closed).toEqual(['third', 'second', 'first'])
})

test('a resource that fails to close or does not return does not keep the others open', async () => {
  const closed: string[] = []
  const warn = vi.fn<(fields: object, message: string) => void>()
  const teardown = new Teardown(() => ({ warn }) as unknown as Logger)
  teardown.add('first', () => void closed.push('first'))
  teardown.add('hangs', () => new Promise(() => undefined))
  teardown.add('fails', () => {
    throw new Error('no')
  })
  teardown.add('last', () => void closed.push('last'))
  await teardown.close(50)
  expect(closed).toEqual(['last', 'first'])
  expect(warn.mock.calls).toMatchObject([
    [{ what: 'fails' }, 'failed to close'],
    [{ what: 'hangs' }, 'did not close in time'],
  ])
})

test('a second close does nothing', async () => {
  const closed: string[] = []
  const teardown = new Teardown(() => undefined)
  teardown.add('only', () => void closed.push('only'))
  await teardown.close(50)
  await teardown.close(50)
  expect(closed).toEqual(['only'])
})
