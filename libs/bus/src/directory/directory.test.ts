import type { RegistrySpoke } from '@alkdev/contracts'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { alice, bob, contractsOf, offered, spec, spokeOf } from '../testing/harness.ts'
import type { Directory, DirectoryHit } from '../directory.ts'
import { DirectoryIndex } from './directory-index.ts'
import { createDirectory } from './directory.ts'
import { RegistryStore } from './registry-store.ts'
import { SortedIds } from './sorted-ids.ts'

interface Registry {
  readonly store: RegistryStore
  readonly directory: Directory
  readonly put: (...spokes: readonly RegistrySpoke[]) => void
  readonly ids: (identity?: Identity) => string[]
}

function registry(services: readonly OperationSpec[] = []): Registry {
  const index = new DirectoryIndex(() => store.entries)
  const ids = new SortedIds()
  const store = new RegistryStore(contractsOf('coordinator', ...services), {
    onAdded(entry) {
      index.set(entry)
      ids.add(entry.operationId)
    },
    onServesOthers() {},
    onRemoved(entry) {
      index.delete(entry)
      ids.delete(entry.operationId)
    },
  })
  const directory = createDirectory({ store, index, ids, change: () => 1 })
  return {
    store,
    directory,
    put(...spokes) {
      for (const spoke of spokes) store.upsert(spoke)
      store.settle()
    },
    ids: (identity = alice) =>
      directory.list(identity, { limit: 200 }).items.map(({ operationId }) => operationId),
  }
}

async function idsOf(hits: Promise<readonly DirectoryHit[]>): Promise<string[]> {
  return (await hits).map(({ entry }) => entry.operationId)
}

const read = spec('fs.read', { description: 'Reads a file' })
const write = spec('fs.write', { type: 'mutation', tags: ['disk'] })

test('the directory holds the services, each spoke under its pinned names, and the pools', () => {
  const { put, directory, ids } = registry([spec('tasks.list')])
  put(spokeOf('one', 'i', [read, write]), spokeOf('two', 'i', [read]))
  expect(ids()).toEqual([
    'dev.one.fs.read',
    'dev.one.fs.write',
    'dev.two.fs.read',
    'fs.read',
    'fs.write',
    'tasks.list',
  ])
  expect(directory.get('fs.read', alice)).toMatchObject({
    kind: 'pool',
    providers: [{ spokeName: 'one' }, { spokeName: 'two' }],
  })
  expect(directory.get('tasks.list', alice)).toMatchObject({
    kind: 'service',
    service: 'coordinator',
  })
})

test('an operation with pool: false and one of a client are in no pool', () => {
  const { put, ids, directory } = registry()
  const client = spokeOf('github', 'i', [spec('issues.list')])
  put(spokeOf('one', 'i', [{ ...read, pool: false }]), {
    ...client,
    providerType: 'client',
    operations: client.operations.map((operation) => ({
      ...operation,
      operationId: 'github.issues_list',
    })),
  })
  expect(ids()).toEqual(['dev.one.fs.read', 'github.issues_list'])
  expect(directory.get('github.issues_list', alice)?.kind).toBe('client')
})

test('a second stage adds what the words do not find, of what the caller may see', async () => {
  const { put, directory } = registry([spec('tasks.list')])
  const hidden = spokeOf('other', 'i', [spec('fs.hide')], { ownerId: 'another-account' })
  put(spokeOf('one', 'i', [read, write]), hidden)
  const near = ['tasks.list', 'fs.hide', 'fs.write', 'dev.one.fs.write', 'gone.op']
  const found = (query: string): Promise<string[]> =>
    idsOf(
      directory.search(alice, query, {
        nearest: (accept, limit) => near.filter(accept).slice(0, limit),
      }),
    )
  expect(await found('qwertz')).toEqual(['fs.write', 'tasks.list'])
  expect(await found('read file')).toEqual(['fs.read', 'fs.write', 'tasks.list'])
  expect((await found('fs.read'))[0]).toBe('fs.read')
  expect([...directory.all()].map(({ operationId }) => operationId)).toContain('fs.hide')
})

test('an outside service serves whom a grant on the client names, and not one on a spoke', () => {
  const { put, directory } = registry()
  const client = spokeOf('github', 'i', [spec('issues.list')])
  put({ ...client, providerType: 'client', ownerId: 'another-account' })
  const id = client.operations[0]?.operationId ?? ''
  const granted = (resource: string) => ({ ...bob, resources: { [resource]: ['call'] } })
  expect(directory.get(id, granted('spoke:github'))).toBeUndefined()
  expect(directory.get(id, granted('spoke:*'))).toBeUndefined()
  expect(directory.get(id, granted('client:github'))?.kind).toBe('client')
  expect(directory.get(id, granted('client:*'))?.kind).toBe('client')
})

test('a pool describes its highest active version and disappears with its last member', () => {
  const { put, store, directory, ids } = registry()
  put(
    spokeOf('old', 'i', [{ ...read, version: '1.2.0' }]),
    spokeOf('new', 'i', [{ ...read, version: '1.10.0' }]),
    spokeOf('next', 'i', [{ ...read, version: '2.0.0' }], { status: 'disconnected' }),
  )
  expect(directory.get('fs.read', alice)?.spec.version).toBe('1.10.0')
  store.remove('spoke-new')
  store.settle()
  expect(directory.get('fs.read', alice)?.spec.version).toBe('1.2.0')
  for (const name of ['old', 'next']) store.remove(`spoke-${name}`)
  store.settle()
  expect(ids()).toEqual([])
})

test('an operation without a provider is listed only on request, and never found by a search', async () => {
  const { put, directory } = registry()
  put(
    spokeOf('gone', 'i', [read], { status: 'disconnected' }),
    spokeOf('away', 'i', [write], { status: 'suspended' }),
  )
  const listed = (departed?: boolean): readonly string[] =>
    directory
      .list(alice, { namespace: 'dev', ...(departed !== undefined && { departed }) })
      .items.map(({ operationId }) => operationId)
  expect(listed()).toEqual(['dev.away.fs.write'])
  expect(listed(true)).toEqual(['dev.away.fs.write', 'dev.gone.fs.read'])
  expect(await directory.search(alice, 'read')).toEqual([])
  expect((await directory.ranked(alice, 'read')).items).toEqual([])
  expect(directory.get('dev.gone.fs.read', alice)?.operationId).toBe('dev.gone.fs.read')
})

test('a search gives a pool and its pinned names as one result, and what no provider takes now last (F10)', async () => {
  const { put, directory } = registry([spec('hub.tidy', { description: 'Reads a file' })])
  const search = (query: string): Promise<string[]> => idsOf(directory.search(alice, query))
  put(spokeOf('one', 'i', [read]), spokeOf('two', 'i', [read]))
  expect(await search('reads a file')).toEqual(['fs.read', 'hub.tidy'])
  expect((await search('dev.one.fs.read'))[0]).toBe('dev.one.fs.read')
  const listed = directory.list(alice, { withoutTwins: true }).items
  expect(listed.map(({ operationId }) => operationId)).toEqual(['fs.read', 'hub.tidy'])
  put(spokeOf('one', 'i', [read], { status: 'suspended', epoch: 2 }))
  expect((await search('reads a file'))[0]).toBe('fs.read')
  put(spokeOf('two', 'i', [read], { status: 'suspended', epoch: 2 }))
  expect(await search('reads a file')).toEqual(['hub.tidy', 'fs.read'])
  const first = directory.search(alice, 'reads a file', { limit: 1 })
  expect(await idsOf(first)).toEqual(['hub.tidy'])
})

test('registering again replaces the set: removed operations disappear, from pools too', async () => {
  const { put, ids, directory } = registry()
  put(spokeOf('one', 'i', [read, write]))
  put(spokeOf('one', 'i', [{ ...read, pool: false }], { epoch: 2 }))
  expect(ids()).toEqual(['dev.one.fs.read'])
  put(spokeOf('one', 'i', [{ ...read, description: 'Fetches bytes' }], { epoch: 2 }))
  expect(ids()).toEqual(['dev.one.fs.read', 'fs.read'])
  expect(await idsOf(directory.search(alice, 'bytes'))).toEqual(['fs.read'])
})

test('a change of an older epoch is ignored', () => {
  const { put, directory } = registry()
  put(spokeOf('one', 'new', [read], { epoch: 3 }))
  put(spokeOf('one', 'old', [read], { epoch: 2 }))
  expect(directory.get('dev.one.fs.read', alice)?.providers).toMatchObject([
    { instanceId: 'new', epoch: 3 },
  ])
})

test('definitions outlive their providers, but not their withdrawal by a connected spoke', () => {
  const { put, directory } = registry()
  const one = spokeOf('one', 'i', [read], { status: 'disconnected' })
  const inactive = one.operations.map((operation) => ({
    ...operation,
    status: 'inactive' as const,
  }))
  put({ ...one, operations: inactive })
  expect(directory.get('dev.one.fs.read', alice)?.providers[0]?.status).toBe('inactive')
  put({ ...one, status: 'connected', epoch: 2, operations: inactive })
  expect(directory.get('dev.one.fs.read', alice)).toBeUndefined()
  expect(directory.get('fs.read', alice)).toBeUndefined()
})

test('a spoke whose socket closed is suspended here before the registry records it', () => {
  const { put, store, directory } = registry()
  put(spokeOf('one', 'i', [read], { epoch: 2 }))
  store.suspend('spoke-one', 1)
  expect(directory.get('fs.read', alice)?.providers[0]?.status).toBe('active')
  store.suspend('spoke-one', 2)
  expect(directory.get('fs.read', alice)?.providers[0]?.status).toBe('suspended')
})

test('list, search and get show what scopes and the serving rule allow, and of a pool only the members that serve the caller', async () => {
  const { put, directory, ids } = registry([
    spec('keys.list', { accessControl: { requiredScopes: ['keys:read'] } }),
  ])
  put(
    spokeOf('alices', 'i', [read]),
    spokeOf('ours', 'i', [read], { orgId: 'acme' }),
    spokeOf('bobs', 'i', [{ ...read, accessControl: { requiredScopes: ['fs:read'] } }], {
      ownerId: 'bob',
    }),
  )
  const scoped = { ...bob, scopes: ['fs:read'], orgIds: ['acme'] }
  expect(ids(scoped)).toEqual(['dev.bobs.fs.read', 'dev.ours.fs.read', 'fs.read'])
  // The caller's own spoke requires a scope that this key lacks: the pool does not fall back to a spoke of another account.
  expect(ids({ ...scoped, scopes: [] })).toEqual(['dev.ours.fs.read'])
  expect(directory.get('keys.list', scoped)).toBeUndefined()
  expect(directory.get('dev.alices.fs.read', scoped)).toBeUndefined()
  expect(directory.get('fs.read', scoped)?.providers.map(({ spokeName }) => spokeName)).toEqual([
    'bobs',
  ])
  const found = await directory.search(scoped, 'reads file')
  expect(found.map(({ entry }) => entry.operationId)).toEqual(['fs.read', 'dev.ours.fs.read'])
  expect(found[0]?.score).toBeGreaterThan(0)
})

test('pages follow one another by their cursor, also when entries are added or removed in between', () => {
  const { put, store, directory } = registry()
  put(
    ...Array.from({ length: 30 }, (_, at) =>
      spokeOf(`s${String(at).padStart(2, '0')}`, 'i', [{ ...read, pool: false }]),
    ),
  )
  const first = directory.list(alice, { limit: 10 })
  expect(first.items).toHaveLength(10)
  expect(first.nextCursor).toBe('dev.s09.fs.read')
  store.remove('spoke-s09')
  store.remove('spoke-s10')
  store.settle()
  const second = directory.list(alice, { limit: 10, cursor: first.nextCursor ?? '' })
  expect(second.items[0]?.operationId).toBe('dev.s11.fs.read')
  const last = directory.list(alice, { limit: 200, cursor: second.nextCursor ?? '' })
  expect(last.items).toHaveLength(9)
  expect(last).not.toHaveProperty('nextCursor')
})

test('lists filter by namespace, type, tag and words', async () => {
  const { put, directory } = registry([spec('tasks.list')])
  put(spokeOf('one', 'i', [read, write]))
  const list = (filter: Parameters<Directory['list']>[1]): string[] =>
    directory.list(alice, filter).items.map(({ operationId }) => operationId)
  expect(list({ namespace: 'tasks' })).toEqual(['tasks.list'])
  expect(list({ namespace: 'dev.one' })).toEqual(['dev.one.fs.read', 'dev.one.fs.write'])
  expect(list({ type: 'mutation', namespace: 'fs' })).toEqual(['dev.one.fs.write', 'fs.write'])
  expect(list({ tag: 'disk' })).toEqual(['dev.one.fs.write', 'fs.write'])
  const ranked = async (filter: Parameters<Directory['ranked']>[2]): Promise<string[]> =>
    (await directory.ranked(alice, 'reads a file', filter)).items.map(
      ({ operationId }) => operationId,
    )
  expect(await ranked({ limit: 1 })).toEqual(['fs.read'])
  expect(await ranked({ limit: 1, namespace: 'dev.one' })).toEqual(['dev.one.fs.read'])
})

test('each account sees the pool of the spokes that serve it, which other accounts cannot change', async () => {
  const { put, directory, ids } = registry()
  const hidden = { requiredScopes: ['none:has'] }
  put(
    spokeOf('mine', 'i', [{ ...read, version: '1.0.0' }]),
    spokeOf(
      'bobs',
      'i',
      [{ ...read, version: '9.0.0', accessControl: hidden, description: 'Spoilt' }],
      {
        ownerId: bob.id,
      },
    ),
  )
  const mine = directory.get('fs.read', alice)
  expect(mine).toMatchObject({ spec: { version: '1.0.0' }, providers: [{ spokeName: 'mine' }] })
  const found = await directory.search(alice, 'read')
  expect(found.map(({ entry }) => entry.spec.description)).toEqual(['Reads a file'])
  expect(directory.get('fs.read', { id: 'bob', scopes: ['fs:read'] })).toBeUndefined()
  expect(ids({ id: 'carol', scopes: ['*'] })).toEqual([])
})

test("the pool contract for a new member comes from its owner's other spokes, and from the owner that offered the name first in its organization", () => {
  const { put, directory } = registry()
  const guarded = { ...read, accessControl: { requiredScopes: ['fs:read'] } }
  put(
    offered(1, spokeOf('one', 'i', [{ ...guarded, version: '1.1.0' }], { orgId: 'x' })),
    offered(
      2,
      spokeOf('late', 'i', [{ ...guarded, version: '1.2.0' }], { orgId: 'x', ownerId: 'carol' }),
    ),
    offered(
      3,
      spokeOf('gone', 'i', [{ ...guarded, version: '3.0.0' }], { status: 'disconnected' }),
    ),
  )
  const poolContract = (
    among: 'owner' | 'organization',
    ownerId: string,
    spokeName: string,
    orgId?: string,
  ) =>
    directory.poolContract('fs.read', { ownerId, spokeName, ...(orgId && { orgId }) }, among)
      ?.version
  expect(poolContract('owner', alice.id, 'two')).toBe('1.1.0')
  expect(poolContract('owner', alice.id, 'one')).toBeUndefined()
  expect(poolContract('owner', bob.id, 'two', 'x')).toBeUndefined()
  expect(poolContract('organization', bob.id, 'two', 'x')).toBe('1.1.0')
  expect(poolContract('organization', 'carol', 'late', 'x')).toBe('1.1.0')
  expect(poolContract('organization', alice.id, 'two', 'x')).toBeUndefined()
  expect(poolContract('organization', bob.id, 'two')).toBeUndefined()
  expect(poolContract('organization', bob.id, 'two', 'y')).toBeUndefined()
})

test('a search gives way to the rest of the process, and ends with its signal', async () => {
  const { put, directory } = registry()
  const copies = 1500
  put(...Array.from({ length: copies }, (_, at) => spokeOf(`s${at}`, 'i', [read])))
  let turns = 0
  let turn = setImmediate(function next() {
    turns += 1
    turn = setImmediate(next)
  })
  try {
    const whole = await directory.search(alice, 'reads a file')
    // As long as it takes a slow machine: the order of the copies does not depend on it.
    const slow = (): number => {
      const until = performance.now() + 0.05
      while (performance.now() < until);
      return 1
    }
    turns = 0
    const found = await directory.search(alice, 'reads a file', { factorOf: slow })
    expect(turns).toBeGreaterThan(0)
    expect(found).toEqual(whole)
    const controller = new AbortController()
    const left = directory.search(alice, 'reads a file', {
      signal: controller.signal,
      factorOf: () => {
        controller.abort(new Error('the caller left'))
        return slow()
      },
    })
    const next = directory.search(alice, 'reads a file')
    await expect(left).rejects.toThrow('the caller left')
    expect(await next).toEqual(whole)
  } finally {
    clearImmediate(turn)
  }
})
