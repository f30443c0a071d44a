import { expect, test } from 'vitest'
import { createCounters } from '../counters.ts'
import { SILENT_LOGGER } from '../options.ts'
import { spec, spokeOf } from '../testing/harness.ts'
import { MemorySource } from '../testing/memory-source.ts'
import { RegistryStore } from './registry-store.ts'
import { RegistrySync } from './registry-sync.ts'

const SPOKES = 600
/** Operations of a turn. */
const MOST = 256

interface Loading {
  readonly source: MemorySource
  readonly sync: RegistrySync
  readonly store: RegistryStore
  /** Entries added and removed in each turn of the event loop that had any. */
  readonly turns: number[]
}

function loading(): Loading {
  const turns: number[] = []
  let changes = 0
  const count = (): void => {
    if (changes === 0)
      setImmediate(() => {
        turns.push(changes)
        changes = 0
      })
    changes += 1
  }
  const store = new RegistryStore([], {
    onAdded: count,
    onRemoved: count,
    onServesOthers: () => undefined,
  })
  const source = new MemorySource()
  const sync = new RegistrySync({
    source,
    store,
    reloadMs: 3_600_000,
    counters: createCounters(),
    logger: SILENT_LOGGER,
  })
  return { source, sync, store, turns }
}

const operations = [spec('fs.read'), spec('fs.write')]

test('a large registry is loaded, changed and emptied between other work of the process', async () => {
  const { source, sync, store, turns } = loading()
  for (let at = 0; at < SPOKES; at++) source.put(spokeOf(`s${at}`, 'i', operations))
  const untilDone = async (): Promise<number[]> => {
    // The last turn is counted after its changes.
    await new Promise(setImmediate)
    return turns.splice(0)
  }
  try {
    await sync.start()
    const loaded = await untilDone()
    // The pools are two more.
    expect(loaded.reduce((sum, one) => sum + one, 0)).toBe(SPOKES * 2 + 2)
    expect(loaded.length).toBeGreaterThanOrEqual((SPOKES * 2) / MOST)
    expect(Math.max(...loaded)).toBeLessThanOrEqual(MOST + operations.length)
    expect(store.get('fs.read')?.providers).toHaveLength(SPOKES)

    const described = operations.map((one) => ({ ...one, description: 'Another one.' }))
    for (let at = 0; at < SPOKES; at++) source.put(spokeOf(`s${at}`, 'i', described, { epoch: 2 }))
    await sync.refresh()
    expect((await untilDone()).length).toBeGreaterThanOrEqual((SPOKES * 2) / MOST)
    expect(store.get('dev.s7.fs.read')?.spec.description).toBe('Another one.')

    for (let at = 0; at < SPOKES; at++) source.remove(`spoke-s${at}`)
    await sync.refresh()
    expect((await untilDone()).length).toBeGreaterThanOrEqual((SPOKES * 2) / MOST)
    expect([...store.entries]).toEqual([])
  } finally {
    sync.stop()
  }
})

test('a change that is announced while the registry is loaded is applied after it', async () => {
  const { source, sync, store } = loading()
  for (let at = 0; at < SPOKES; at++) source.put(spokeOf(`s${at}`, 'i', operations))
  const started = sync.start()
  source.remove('spoke-s0')
  const change = source.remove('spoke-s599')
  sync.announced(change)
  await started
  await sync.refresh()
  expect(sync.change).toBe(change)
  expect(store.spokeIds).toHaveLength(SPOKES - 2)
  sync.stop()
})

test('a process that stops while it loads the registry does not load the rest', async () => {
  const { source, sync, store } = loading()
  for (let at = 0; at < SPOKES; at++) source.put(spokeOf(`s${at}`, 'i', operations))
  const started = sync.start()
  setImmediate(() => sync.stop())
  await expect(started).rejects.toThrow('aborted')
  expect(store.spokeIds.length).toBeLessThan(SPOKES)
})
