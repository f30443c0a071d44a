import { SERVICE_OPERATIONS } from '@alkdev/contracts'
import type { Random } from '../torture/random.ts'
import type { FuzzTarget } from './entry-point.ts'
import { hostileText } from './hostile-json.ts'
import { oneHostile } from './one-hostile.ts'
import { sampleOf } from './sample-input.ts'

/** What would take away that which the other inputs are about. */
const ENDS = /\.(delete|revoke|rotate|setStatus|removeMember|transferOwnership|archive)$/
const OPERATIONS = SERVICE_OPERATIONS.map(({ spec }) => ({
  id: `${spec.namespace}.${spec.name}`,
  sample: sampleOf(spec.inputSchema),
}))

/** A call of an operation of the hub, or of a spoke that echoes: one member of the input is hostile, sometimes two, sometimes none or all. */
export function callOf(target: FuzzTarget, random: Random): { id: string; body: string } {
  if (random.next() < 0.15) {
    const id = target.echoes[random.between(0, target.echoes.length - 1)] ?? ''
    return { id, body: hostileText(random) }
  }
  const { id, sample } = OPERATIONS[random.between(0, OPERATIONS.length - 1)] ?? {
    id: 'hub.list',
    sample: {},
  }
  if (random.next() < 0.1) return { id, body: hostileText(random) }
  const number = random.between(0, 1e9)
  const fitted = fit(sample, ENDS.test(id) ? new Map() : target.ids, number)
  return { id, body: oneHostile(random, fitted) }
}

/** The sample with what there is in this hub: the ids of things, and names that nothing has yet. A cursor is left out, because it must be one of the hub's. */
function fit(value: unknown, ids: ReadonlyMap<string, string>, number: number): unknown {
  if (Array.isArray(value)) return value.map((item) => fit(item, ids, number))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'cursor' && name !== 'parent' && name !== 'spoke')
      .map(([name, member]) => {
        const id = ids.get(name)
        if (id !== undefined) return [name, id]
        if (name === 'email') return [name, `a${number}@example.com`]
        if (name === 'slug' || (name === 'name' && member === 'fuzz'))
          return [name, `fuzz-${number}`]
        return [name, fit(member, ids, number)]
      }),
  )
}
