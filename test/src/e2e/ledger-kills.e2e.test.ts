import { expect, test } from 'vitest'
import { runLedgerTorture } from '../torture/ledger/run-ledger-torture.ts'

test('the ledger equals the journal of the provider row for row and micro for micro while proxies are killed', async () => {
  const { faults, ends, injected, examples } = await runLedgerTorture({
    seed: 11,
    calls: 400,
    callers: 12,
    proxies: 2,
    pauseMs: [300, 900],
  })
  expect(examples).toEqual([])
  expect(Object.values(faults).every((count) => count === 0)).toBe(true)
  expect(injected['proxy killed']).toBeGreaterThan(0)
  expect(ends['proxy, provider']).toBeGreaterThan(50)
}, 180_000)
