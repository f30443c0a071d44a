import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { benchNames } from './bench-names.ts'
import { descriptions } from './descriptions.ts'
import { performancePage } from './performance-page.ts'
import { readReport } from './report.ts'
import { currentPage } from './write-performance-page.ts'

test('docs/reference/performance.md is what bench/results has; `node bench/src/write-reference.ts` writes it', async () => {
  const page = new URL('../../docs/reference/performance.md', import.meta.url)
  expect(await readFile(page, 'utf8')).toBe(await currentPage())
})

test('the page has every bench and every row that was measured', async () => {
  expect(Object.keys(descriptions).toSorted()).toEqual(await benchNames())
  const { results } = await readReport()
  const page = await currentPage()
  for (const { rows } of Object.values(results))
    for (const { name } of rows) expect(page).toContain(`| ${name} |`)
})

test('a failed bench, a missed target and a run of torture that found something are said', () => {
  const machine = {
    cpus: 2,
    cpu: 'some',
    memoryBytes: 2 ** 33,
    node: 'v24.0.0',
    arch: 'x64',
    kernel: '6.1',
    loadAverage: [1.5, 1, 1],
  }
  const row = { name: 'a | b', value: 1234.5, unit: '/s', reference: 2000, ratio: 0.617, ok: false }
  const page = performancePage(
    {
      results: { calls: { at: '2026-01-01T00:00:00.000Z', machine, rows: [row] } },
      failures: { calls: { at: '2026-01-02T00:00:00.000Z', message: 'no broker' } },
    },
    {
      calls: {
        at: '2026-01-03T00:00:00.000Z',
        seed: 1,
        calls: 1000,
        seconds: 2,
        starts: 999,
        slowestMs: 1250,
        injected: { 'spoke killed': 2, 'Redis cut': 3 },
        ends: { ok: 1000 },
        faults: { doubled: 4 },
      },
      queue: {
        at: '2026-01-04T00:00:00.000Z',
        seed: 2,
        calls: 2000,
        seconds: 4,
        effects: 1998,
        injected: { 'Redis emptied': 6 },
        ends: { 'keyed completed': 2000 },
        faults: { lost: 7 },
      },
    },
    'Because.\n',
  )
  expect(page).toContain('| a \\| b | 1,235 | /s | 2,000 | 0.62 |  | missed |')
  expect(page).toContain('**The last run, on 2026-01-02, failed**: no broker')
  expect(page).toContain('0 of 1 measured targets are met')
  expect(page).toContain('| starts of a handler beyond one for each call and attempt | 4 |')
  expect(page).toContain('**5 injected failures**')
  expect(page).toContain('**6 injected failures**')
  expect(page).toContain('`safe` and `keyed` calls that did not complete | 7 |')
  expect(page).toContain('## Not met, and why\n\nBecause.\n')
})
