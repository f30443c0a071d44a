import { CodedError } from '@alkdev/errors'
import { deferred } from '@alkdev/std'
import type { BeginningCall, BegunRow } from '@alkdev/storage/inference'
import { expect, test } from 'vitest'
import { BeginLanes } from './begin-lanes.ts'

/** Lanes whose statements end when the test says so. */
function lanes(count: number): {
  readonly made: BeginLanes
  readonly statements: {
    readonly ids: readonly string[]
    readonly end: (rows: readonly BegunRow[] | Error) => void
  }[]
  readonly noted: string[]
} {
  const statements: ReturnType<typeof lanes>['statements'] = []
  const noted: string[] = []
  const made = new BeginLanes({
    lanes: Array.from({ length: count }, () => ({
      run(parameter: string) {
        const rows = deferred<readonly BegunRow[]>()
        const written = deferred<boolean>()
        statements.push({
          ids: (JSON.parse(parameter) as { id: string }[]).map(({ id }) => id),
          end: (end) => {
            written.resolve(!(end instanceof Error))
            if (end instanceof Error) rows.reject(end)
            else rows.resolve(end)
          },
        })
        return { written: written.promise, rows: rows.promise }
      },
      release: () => noted.push('released'),
    })),
    onLost: (holder) => noted.push(`lost ${holder}`),
    onRecalled: (budgetId) => noted.push(`recalled ${budgetId}`),
  })
  return { made, statements, noted }
}

const call = (id: string): BeginningCall => ({
  id,
  accountId: 'account',
  endpoint: 'chat/completions',
  requestedModel: 'acme/m',
  streamed: false,
  startedAt: new Date(),
  subjects: [],
  targets: ['acme/m'],
  inputEstimate: 1,
  worstTokens: 1,
  worstMicros: 1,
  leaseMs: 1000,
  slices: {},
  holder: `holder of ${id}`,
})
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('calls of one turn of the event loop share a statement, further ones go to the next lane that is free', async () => {
  const { made, statements } = lanes(2)
  const first = [made.add(call('a')), made.add(call('b'))]
  await turn()
  made.add(call('c'))
  await turn()
  made.add(call('d'))
  made.add(call('e'))
  await turn()
  expect(statements.map(({ ids }) => ids)).toEqual([['a', 'b'], ['c']])
  statements[0]?.end([{ what: 'refused', about: 'b', facts: { reason: 'duplicate' } }])
  expect(await Promise.all(first.map(({ row }) => row))).toEqual([
    undefined,
    { reason: 'duplicate' },
  ])
  expect(await Promise.all(first.map(({ written }) => written))).toEqual([true, true])
  await turn()
  expect(statements.map(({ ids }) => ids)).toEqual([['a', 'b'], ['c'], ['d', 'e']])
})

test('a call that the database refuses costs the others nothing', async () => {
  const { made, statements, noted } = lanes(1)
  const rows = Promise.allSettled([made.add(call('a')).row, made.add(call('bad')).row])
  await turn()
  statements[0]?.end(new CodedError('VALIDATION_ERROR', 'refused'))
  await turn()
  statements[1]?.end([])
  await turn()
  statements[2]?.end(new CodedError('VALIDATION_ERROR', 'refused'))
  expect((await rows).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(statements.map(({ ids }) => ids)).toEqual([['a', 'bad'], ['a'], ['bad']])
  expect(noted).toEqual(['lost holder of bad'])
})

test('a call that cannot be put into a statement is refused, and costs the others nothing', async () => {
  const { made, statements } = lanes(1)
  const bad = made.add({ ...call('bad'), startedAt: new Date(Number.NaN) })
  const good = made.add(call('a'))
  await expect(bad.row).rejects.toThrow(RangeError)
  expect(await bad.written).toBe(false)
  await turn()
  statements[0]?.end([])
  expect(await good.row).toBeUndefined()
  expect(statements.map(({ ids }) => ids)).toEqual([['a']])
})

test('after a statement whose outcome is unknown its calls are not written again, and their slices count as lost', async () => {
  const { made, statements, noted } = lanes(1)
  const added = [made.add(call('a')), made.add(call('b'))]
  const rows = Promise.allSettled(added.map(({ row }) => row))
  await turn()
  statements[0]?.end(new CodedError('UNAVAILABLE', 'The connection was lost.'))
  for (const result of await rows)
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } })
  expect(await added[0]?.written).toBe(false)
  expect(statements).toHaveLength(1)
  expect(noted).toEqual(['lost holder of a', 'lost holder of b'])
})

test('what a statement says of slices is passed on', async () => {
  const { made, statements, noted } = lanes(1)
  const { row } = made.add(call('a'))
  await turn()
  statements[0]?.end([
    { what: 'lost', about: 'a holder' },
    { what: 'recalled', about: 'a budget' },
  ])
  await row
  made.release()
  expect(noted).toEqual(['lost a holder', 'recalled a budget', 'released'])
})
