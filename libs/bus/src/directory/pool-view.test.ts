import type { Identity, OperationSpec } from '@alkdev/operations'
import {
  assert,
  constantFrom,
  infiniteStream,
  integer,
  nat,
  property,
  record,
  uniqueArray,
} from 'fast-check'
import { expect, test } from 'vitest'
import { contractsOf, offered, spec, spokeOf } from '../testing/harness.ts'
import type { RegistrySpoke } from '@alkdev/contracts'
import type { DirectoryEntry } from '../directory.ts'
import { visibleTo } from './pool-view.ts'
import { RegistryStore } from './registry-store.ts'

const work = spec('work.run')
const strict = { type: 'object', properties: { path: {} }, required: ['path'] }

function see(identity: Identity, ...spokes: readonly RegistrySpoke[]): DirectoryEntry | undefined {
  const store = new RegistryStore(contractsOf('coordinator'), {
    onAdded() {},
    onRemoved() {},
    onServesOthers() {},
  })
  for (const spoke of spokes) store.upsert(spoke)
  store.settle()
  const entry = store.get('work.run')
  return entry && visibleTo(entry, identity)
}

interface Offer {
  readonly name: string
  readonly ownerId: string
  readonly orgId?: string
  readonly at?: number
  readonly status?: RegistrySpoke['status']
  readonly spec?: Partial<OperationSpec>
}

function offer({ name, at = 0, spec: more, ...given }: Offer): RegistrySpoke {
  return offered(at, spokeOf(name, 'i', [{ ...work, ...more }], given))
}

const names = (entry: DirectoryEntry | undefined): string[] =>
  (entry?.providers ?? []).map(({ spokeName }) => spokeName).toSorted()

const alice: Identity = { id: 'alice', scopes: ['*'], orgIds: ['x'] }
const mine = offer({ name: 'mine', ownerId: 'alice', at: 5 })

test('the pool of a turn in the session of another account has no spoke that serves its account alone', () => {
  const shared = offer({ name: 'shared', ownerId: 'bob', orgId: 'x' })
  expect(names(see(alice, mine, shared))).toEqual(['mine'])
  expect(names(see({ ...alice, sharedOnly: true }, mine, shared))).toEqual(['shared'])
})

const rivals: readonly (readonly [string, Partial<OperationSpec>])[] = [
  ['a higher version', { version: '9.0.0' }],
  ['the same version', {}],
  ['an older version', { version: '0.1.0' }],
  ['another schema', { inputSchema: strict }],
]

test.for(rivals)('while an account has a spoke of its own, it calls no other: %s', ([, more]) => {
  const bobs = offer({ name: 'bobs', ownerId: 'bob', orgId: 'x', at: 1, spec: more })
  const pool = see(alice, mine, bobs)
  expect(names(pool)).toEqual(['mine'])
  expect(pool?.spec.version).toBe(work.version)
  // A spoke that lost its connection may return. Calls wait for it rather than use another spoke.
  const suspended = offer({ name: 'mine', ownerId: 'alice', at: 5, status: 'suspended' })
  expect(names(see(alice, suspended, bobs))).toEqual(['mine'])
})

test('a spoke of an organization that the account has not joined is in no pool of it', () => {
  const bobs = offer({ name: 'bobs', ownerId: 'bob', orgId: 'y' })
  expect(see(alice, bobs)).toBeUndefined()
  expect(names(see({ ...alice, orgIds: ['y'] }, bobs))).toEqual(['bobs'])
})

test('a grant on one spoke adds it to the pool behind own spokes, and a grant on all spokes adds none', () => {
  const bobs = offer({ name: 'bobs', ownerId: 'bob', at: 1 })
  const granted = { ...alice, resources: { 'spoke:bobs': ['call'] } }
  expect(names(see(granted, bobs))).toEqual(['bobs'])
  expect(names(see(granted, bobs, mine))).toEqual(['mine'])
  for (const resources of [{ '*': ['*'] }, { 'spoke:*': ['call'] }])
    expect(see({ ...alice, resources }, bobs)).toBeUndefined()
})

test('without spokes of its own an account permanently gets the contract of the owner that offered the name first', () => {
  const first = { name: 'first', ownerId: 'carol', orgId: 'x', at: 1 } as const
  const same = offer({
    name: 'same',
    ownerId: 'bob',
    orgId: 'x',
    at: 2,
    spec: { version: '1.5.0' },
  })
  const other = offer({
    name: 'other',
    ownerId: 'dave',
    orgId: 'x',
    at: 3,
    spec: { version: '9.0.0' },
  })
  const pool = see(alice, other, same, offer(first))
  expect(pool?.spec.version).toBe(work.version)
  expect(names(pool)).toEqual(['first', 'same'])
  const away = see(alice, other, same, offer({ ...first, status: 'disconnected' }))
  expect(away?.spec.version).toBe(work.version)
  expect(names(away)).toEqual(['first', 'same'])
})

test('a spoke that requires a scope that the caller lacks is left out, and a spoke that requires fewer scopes does not open the pool', () => {
  const closed = { accessControl: { requiredScopes: ['work:run'] } }
  const first = { name: 'first', ownerId: 'carol', orgId: 'x', at: 1 }
  const second = { name: 'second', ownerId: 'bob', orgId: 'x', at: 2 }
  const narrow = { ...alice, scopes: ['other:scope'] }
  expect(names(see(narrow, offer(first), offer({ ...second, spec: closed })))).toEqual(['first'])
  expect(see(narrow, offer({ ...first, spec: closed }), offer(second))).toBeUndefined()
})

test('a quarantined operation stays out of the pool while its spoke is suspended', () => {
  const base = spokeOf('bad', 'i', [{ ...work, version: '9.0.0' }], { status: 'suspended' })
  const operations = base.operations.map((one) => ({ ...one, status: 'quarantined' as const }))
  expect(see({ ...alice, id: base.ownerId }, { ...base, operations })).toBeUndefined()
})

test('for all owners, versions, states and orders: own spokes first, then the first owner’s contract, and only spokes that keep it', () => {
  const owners = ['alice', 'bob', 'carol', 'dave'] as const
  const arbitrary = uniqueArray(
    record({
      name: constantFrom(...Array.from({ length: 8 }, (_, at) => `s${at}`)),
      ownerId: constantFrom(...owners),
      orgId: constantFrom('x', 'y', 'z'),
      at: integer({ min: 0, max: 3 }),
      status: constantFrom('connected', 'suspended', 'disconnected' as const),
      version: constantFrom('1.0.0', '1.4.0', '2.0.0', '9.0.0'),
      inputSchema: constantFrom(work.inputSchema, strict),
      type: constantFrom('query', 'mutation' as const),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 8 },
  )
  const caller = { ...alice, orgIds: ['x', 'y'] }
  assert(
    property(arbitrary, infiniteStream(nat()), (offers, order) => {
      const spokes = offers.map(({ version, inputSchema, type, ...rest }) =>
        offer({ ...rest, spec: { version, inputSchema, type } }),
      )
      const shuffled = spokes
        .map((spoke) => ({ spoke, at: order.next().value ?? 0 }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ spoke }) => spoke)
      const pool = see(caller, ...spokes)
      const again = see(caller, ...shuffled)
      expect([again?.spec, names(again)]).toEqual([pool?.spec, names(pool)])

      const own = offers.filter(({ ownerId }) => ownerId === 'alice')
      const seen = offers.filter(({ ownerId, orgId }) => ownerId === 'alice' || orgId !== 'z')
      const byAge = seen.toSorted((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
      const isOwn = own.some(({ status }) => status !== 'disconnected')
      const owner = isOwn ? 'alice' : byAge[0]?.ownerId
      const promising = seen.filter(({ ownerId }) => ownerId === owner)
      const poolContract = pool?.spec
      expect(promising.some(({ version }) => version === poolContract?.version)).toBe(
        poolContract !== undefined,
      )
      const joined = (isOwn ? own : seen).filter(
        ({ ownerId, version, type, inputSchema }) =>
          ownerId === owner ||
          (type === poolContract?.type &&
            version.split('.')[0] === poolContract.version.split('.')[0] &&
            (inputSchema !== strict || poolContract.inputSchema === strict)),
      )
      expect(names(pool)).toEqual(joined.map(({ name }) => name).toSorted())
    }),
  )
})
