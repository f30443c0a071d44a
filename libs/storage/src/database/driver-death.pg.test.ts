import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'

// Without patches/postgres@3.4.9.patch each of these crashes the process, hangs it, or lets a statement of a dead
// transaction into another one. They run in a child, which such a fault cannot take the test run down with.

const run = promisify(execFile)
const script = fileURLToPath(new URL('driver-death-cases.ts', import.meta.url))

async function happens(name: string): Promise<unknown> {
  await using database = await createTestDatabase({ empty: true })
  const { stdout } = await run(process.execPath, [script, name, database.url], { timeout: 90_000 })
  return JSON.parse(stdout) as unknown
}
const fine = ['ok', 'ok', 'ok', 'ok', 'ok']

test('a query on a reserved connection whose backend was killed is rejected, and the pool works', async () => {
  expect(await happens('reserved')).toEqual({
    late: ['CONNECTION_CLOSED', 'CONNECTION_CLOSED'],
    pool: fine,
  })
})

test('queries in flight on a reserved connection are all rejected when its backend is killed', async () => {
  expect(await happens('reservedInFlight')).toEqual({ hung: [], pool: fine })
})

test('reservations that were refused while the server was unreachable keep no connection from others', async () => {
  const three = ['ok', 'ok', 'ok']
  expect(await happens('refusedReservations')).toEqual({
    refused: ['ECONNREFUSED'],
    reserved: three,
    answered: three,
    pool: fine,
  })
})

test('a parameter that cannot be sent refuses its own statement, and each other one gets the answer to itself', async () => {
  expect(await happens('refusedParameter')).toEqual({
    answers: [1, 'UNDEFINED_VALUE', 3, 'Error: no text', 5],
    pool: fine,
  })
})

test('a transaction that begins on a full connection has it to itself', async () => {
  expect(await happens('fullTransaction')).toEqual({ result: 'ok', left: 0, pool: fine })
})

test('a statement that the body of a transaction makes after its rollback is refused, and does not run outside of it', async () => {
  expect(await happens('afterTheEnd')).toEqual({
    result: 'Error: the other half fails',
    late: ['TRANSACTION_ENDED'],
    rows: [],
    pool: fine,
  })
})

test('a transaction whose backend was killed stores nothing, also of later statements of its body', async () => {
  expect(await happens('beginGoesOn')).toEqual({
    result: 'CONNECTION_CLOSED',
    rows: [],
    pool: fine,
  })
})

test('the rollback of a dead transaction does not undo the one that uses the connection now', async () => {
  expect(await happens('otherTransaction')).toEqual({
    result: ['CONNECTION_CLOSED', 'ok'],
    rows: [{ n: 1 }, { n: 2 }],
    pool: fine,
  })
})

test('queries sent while the connection closes fail or succeed, and those after them succeed', async () => {
  expect(await happens('queriesAroundTheClose')).toEqual({ hung: 0, failed: 0 })
})

test('eight loops over a pool of four survive forty rounds of killed backends', async () => {
  expect(await happens('storm')).toEqual({
    ended: Array.from({ length: 8 }, () => 'done'),
    rounds: 40,
    met: true,
    pool: fine,
  })
})

test('a listener whose backend was killed receives notifications again', async () => {
  expect(await happens('listen')).toEqual({ received: 'still here' })
})
