import type { DirectoryEntry } from '@alkdev/bus'
import { StreamLimit } from '@alkdev/service'
import { unlessAborted } from '@alkdev/std'
import { expect, test, vi } from 'vitest'
import { CatalogChanges } from './catalog-changes.ts'
import { Catalogs } from './catalog.ts'

const entryOf = (operationId: string, description = operationId): DirectoryEntry =>
  ({
    operationId,
    spec: {
      name: operationId,
      description,
      type: 'query',
      inputSchema: { type: 'object' },
      outputSchema: {},
    },
    kind: 'spoke',
    providers: [],
  }) as unknown as DirectoryEntry

/** A registry that the test changes, and what is reported to one client. */
function setUp(entries: DirectoryEntry[]) {
  let reads = 0
  const registry = { change: 1, entries, takesMs: 0 }
  const directory = {
    get change() {
      return registry.change
    },
    get: () => undefined,
    list: () => {
      reads += 1
      vi.setSystemTime(Date.now() + registry.takesMs)
      return { items: registry.entries }
    },
  }
  const reported: string[] = []
  const changes = new CatalogChanges(
    { logger: { warn: () => undefined } } as never,
    new Catalogs({ directory } as never, ['*']),
    { enter: () => () => undefined },
  )
  const caller = { authenticated: { identity: { id: 'ada', scopes: [] } } } as never
  const stop = changes.listen({
    caller,
    uris: () => new Set(),
    onEvent: ({ kind }) => reported.push(kind),
  })
  const become = (now: DirectoryEntry[]): void => {
    registry.entries = now
    registry.change += 1
  }
  return { reported, become, stop, registry, reads: () => reads }
}

test('a client is notified of changed tools, and of none when the registry has changed elsewhere', async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
  const one = entryOf('a.one')
  const { reported, become, stop } = setUp([one])
  become([one])
  await vi.advanceTimersByTimeAsync(1000)
  // Registered again with the same content.
  become([entryOf('a.one')])
  await vi.advanceTimersByTimeAsync(1000)
  expect(reported).toEqual([])
  become([entryOf('a.one', 'another description')])
  await vi.advanceTimersByTimeAsync(1000)
  become([])
  await vi.advanceTimersByTimeAsync(1000)
  expect(reported).toEqual(['tools_list_changed', 'tools_list_changed'])
  stop()
  vi.useRealTimers()
})

test('a registry that takes long to read and changes all the time takes a tenth of the process', async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
  // On a loaded machine a reading takes long by the real clock.
  vi.spyOn(performance, 'now').mockImplementation(() => Date.now())
  const { become, stop, registry, reads } = setUp([entryOf('a.one')])
  const change = setInterval(() => become([entryOf('a.one', String(registry.change))]), 50)
  await vi.advanceTimersByTimeAsync(10_000)
  const fast = reads()
  registry.takesMs = 500
  await vi.advanceTimersByTimeAsync(10_000)
  clearInterval(change)
  expect([fast, reads() - fast]).toEqual([51, expect.toSatisfy((count: number) => count <= 4)])
  stop()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

test('a resource that is watched is one of the streams of its key', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const changes = entryOf('a.changes')
  Object.assign(changes.spec, { type: 'subscription' })
  const templates = entryOf('a.any')
  Object.assign(templates.spec, { _meta: { mcp: { template: 'a:{id}', changes: 'a.changes' } } })
  const entries = [changes, templates]
  const get = (id: string) => entries.find(({ operationId }) => operationId === id)
  const directory = { change: 1, get, list: () => ({ items: entries }) }
  const opened: unknown[] = []
  const bus = {
    directory,
    lookUp: async (id: string) => get(id),
    open: async (_id: string, input: unknown, { signal }: { signal: AbortSignal }) => {
      opened.push(input)
      await unlessAborted(new Promise(() => undefined), signal)
    },
  }
  const hub = { bus, logger: { warn: () => undefined }, live: { watch: () => () => undefined } }
  const limit = new StreamLimit(1)
  const reporter = new CatalogChanges(hub as never, new Catalogs(bus as never, ['*']), limit)
  const caller = {
    authenticated: { identity: { id: 'ada', scopes: [] } },
    keyEnded: new AbortController().signal,
  } as never
  let uris = new Set(['a:1', 'a:2'])
  const stop = reporter.listen({ caller, uris: () => uris, onEvent: () => undefined })
  await vi.advanceTimersByTimeAsync(1000)
  expect(opened).toEqual([{ id: '1' }])
  uris = new Set(['a:2'])
  await vi.advanceTimersByTimeAsync(6000)
  expect(opened).toEqual([{ id: '1' }, { id: '2' }])
  stop()
  await vi.advanceTimersByTimeAsync(0)
  expect(() => limit.enter({ id: 'ada', scopes: [] })).not.toThrow()
  vi.useRealTimers()
})
