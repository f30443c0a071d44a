import { expect, test } from 'vitest'
import { instance, leases } from '../testing/instances.ts'
import { Upstreams } from './upstreams.ts'

async function idsOf(upstreams: Upstreams, session?: string): Promise<string[]> {
  const found: string[] = []
  for await (const { instanceId } of upstreams.candidates('mcp', session)) found.push(instanceId)
  return found
}

test('requests of a session go to the instance that answered the first one', async () => {
  const live = [instance(1), instance(2), instance(3)]
  const upstreams = new Upstreams(leases(() => live))
  upstreams.remember('s', '2')
  for (let at = 0; at < 20; at += 1) {
    const [first, ...others] = await idsOf(upstreams, 's')
    expect(first).toBe('2')
    expect(others).toHaveLength(2)
  }
})

test('a session whose instance is gone goes to the other instances', async () => {
  let live = [instance(1), instance(2)]
  const upstreams = new Upstreams(leases(() => live))
  upstreams.remember('s', '2')
  live = [instance(1), instance(3)]
  expect((await idsOf(upstreams, 's')).toSorted()).toEqual(['1', '3'])
})

test('of two instances the less loaded one comes first', async () => {
  const upstreams = new Upstreams(leases(() => [instance(1, 5), instance(2, 1)]))
  for (let at = 0; at < 20; at += 1) expect((await idsOf(upstreams))[0]).toBe('2')
})

test('instances that were tried are left out, and each other one comes once', async () => {
  const upstreams = new Upstreams(leases(() => [instance(1), instance(2), instance(3)]))
  const found: string[] = []
  for await (const { instanceId } of upstreams.candidates('mcp', undefined, ['2']))
    found.push(instanceId)
  expect(found.toSorted()).toEqual(['1', '3'])
})

function upstreamsThatFind(others: readonly number[]) {
  let live = [instance(1)]
  const state = { looks: 0 }
  const look = async (): Promise<void> => {
    state.looks += 1
    live = [instance(1), ...others.map((port) => instance(port))]
  }
  return { state, upstreams: new Upstreams(leases(() => live, look)) }
}

test('when no candidate is left, the leases are read once more and only new instances are added', async () => {
  const { state, upstreams } = upstreamsThatFind([2])
  expect(await idsOf(upstreams)).toEqual(['1', '2'])
  expect(state.looks).toBe(1)
})

test('the leases are not read again while the first candidate is enough', async () => {
  const { state, upstreams } = upstreamsThatFind([2])
  const candidates = upstreams.candidates('mcp')[Symbol.asyncIterator]()
  expect(await candidates.next()).toMatchObject({ value: { instanceId: '1' } })
  await candidates.return?.()
  expect(state.looks).toBe(0)
})

test('without instances and without Redis there are no candidates', async () => {
  const upstreams = new Upstreams(
    leases(
      () => [],
      () => Promise.reject(new Error('no Redis')),
    ),
  )
  expect(await idsOf(upstreams)).toEqual([])
})
