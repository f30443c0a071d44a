import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { facts } from '../hub/operation-command.ts'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'

// A listener instead of a hub: the tests check what is sent. Against a real hub: test/src/e2e/cli-identity.e2e.test.ts.

const id = (at: number) => `018f4a1e-0000-7000-8000-00000000000${at}`
const at = '2030-01-01T10:00:00.000Z'
const ada = {
  accountId: id(1),
  email: 'ada@example.com',
  displayName: 'Ada\u001B[2J',
  kind: 'human',
  accessLevel: 'user',
  status: 'active',
  createdAt: at,
}
const answers: Record<string, unknown> = {
  'accounts.list': { items: [ada] },
  'accounts.create': ada,
  'accounts.setStatus': { ...ada, status: 'suspended' },
  'orgs.list': { items: [{ orgId: id(3), name: 'team' }] },
  'spokes.list': { items: [{ name: 'laptop' }] },
  'roles.list': { items: [{ roleId: id(6), name: 'architect' }] },
  'clients.list': { items: [{ name: 'openai' }] },
  'audit.list': {
    items: [
      { at, accountId: id(1), action: 'keys.revoked', result: 'ok' },
      { at, accountId: id(1), action: 'a.b', targetType: 'organization', targetId: id(3) },
      { at, accountId: id(1), action: 'c.d', targetType: 'project', targetId: id(5) },
      { at, accountId: id(1), action: 'e.f', targetType: 'role', targetId: id(6) },
      { at, accountId: id(1), action: 'i.j', targetType: 'api_key', targetId: id(7) },
      { at, accountId: id(1), action: 'g.h', targetType: 'workspace', targetId: id(2) },
    ],
  },
  'keys.create': { keyId: id(7), key: 'alk_new', scopes: ['tasks:read'] },
  'keys.revoke': { keyId: id(7) },
  'keys.list': {
    items: [
      { keyId: id(7), name: 'ci', scopes: [], createdAt: at, enabled: true },
      { keyId: id(8), name: 'two', scopes: [], createdAt: at, enabled: true },
      { keyId: id(9), name: 'two', scopes: [], createdAt: at, enabled: true },
    ],
  },
  'orgs.transferOwnership': { orgId: id(3), name: 'team', ownerId: id(1), createdAt: at },
  'tasks.list': { items: [] },
  'projects.list': {
    items: [{ projectId: id(5), slug: 'site', orgId: id(3), createdAt: at }, { slug: 'default' }],
  },
  'clients.get': {
    name: 'openai',
    type: 'llm-provider',
    config: { baseUrl: 'https://a.example.com/v1', models: ['m'] },
  },
  'clients.update': { name: 'openai' },
  'limits.set': {
    items: [{ of: 'account', id: id(1), window: 'day', limit: 5, remaining: 4, resetAt: at }],
    queued: { accountId: id(1), atATime: 3, perSecond: 0 },
  },
}
const problems: Record<string, string> = {
  'spokes.get': 'SPOKE_NOT_FOUND',
  'roles.get': 'ROLE_NOT_FOUND',
  'clients.delete': 'CLIENT_NOT_FOUND',
  'inference.testProvider': 'CLIENT_NOT_FOUND',
}

const hub = new AnsweringListener(({ operation }, response) => {
  const problem = problems[operation]
  if (problem !== undefined) {
    response.statusCode = 404
    response.end(JSON.stringify({ code: problem, detail: 'There is none.' }))
  }
  return answers[operation]
})
const { calls } = hub

beforeAll(async () => {
  await hub.start()
  await writeFile(join(hub.folder, 'secret'), 'sk-new\n')
})
afterAll(() => hub.stop())
beforeEach(() => {
  calls.length = 0
})

const alkhub = (...words: string[]) => run([...words, ...hub.args])
const limit = { limit: 50 }
const page = { limit: 200 }

test('an account is named by its address or its id, and a name that is none gets a sentence', async () => {
  expect((await alkhub('accounts', 'suspend', 'Ada@example.com', '--reason', 'left')).out).toBe(
    'Suspended ada@example.com.\n',
  )
  expect(calls).toEqual([
    { operation: 'accounts.list', input: page },
    {
      operation: 'accounts.setStatus',
      input: { accountId: id(1), status: 'suspended', reason: 'left' },
    },
  ])
  calls.length = 0
  await alkhub('accounts', 'suspend', id(2))
  expect(calls.map(({ operation }) => operation)).toEqual(['accounts.setStatus'])
  expect(await alkhub('accounts', 'get', 'bob@example.com')).toMatchObject({
    code: 1,
    err: 'alkhub: There is no account bob@example.com, or you may not see it. Ids and addresses are shown by `alkhub accounts list`.\n',
  })
  expect((await alkhub('orgs', 'members', 'unknown')).err).toContain('`alkhub orgs list`')
})

test('a table for people shows no control characters, and --json gives the whole answer', async () => {
  const shown = await alkhub('accounts', 'list', '--status', 'active')
  expect(shown.out).toMatch(/^ID +ADDRESS +NAME +KIND +LEVEL +STATE +MADE\n/)
  expect(shown.out).not.toContain('\u001B')
  expect(calls).toEqual([{ operation: 'accounts.list', input: { ...limit, status: 'active' } }])
  expect(JSON.parse((await alkhub('accounts', 'list', '--json')).out)).toEqual({ items: [ada] })
  expect(facts({ a: 'x\u001B[2J', absent: undefined })).not.toContain('\u001B')
})

test('what is missing is asked for with what to do', async () => {
  for (const [words, text] of [
    ['accounts create', 'Give it: `alkhub accounts create ada@example.com`.'],
    ['orgs transfer team', 'Who is the new owner?'],
    ['roles get', '`alkhub roles list`'],
    ['clients create forge --type vcs', '--config-file FILE'],
    ['clients create forge', '--type'],
    ['limits set --key x', '--per-minute, --per-day, --per-month, --queued-at-a-time or'],
    ['limits set --key x --per-day many', '--per-day takes a number, not `many`'],
    ['audit list --since never', '--since'],
    ['providers update openai', '`alkhub providers update --help`'],
  ] as const) {
    const { code, err } = await alkhub(...words.split(' '))
    expect({ words, code, err }).toEqual({ words, code: 2, err: expect.stringContaining(text) })
    expect(err).not.toMatch(/\n\s+at /)
  }
})

test('limits are set and taken away', async () => {
  const { out } = await alkhub('limits', 'set', '--account', id(1), '--per-day', '5')
  expect(out).toMatch(/account +ada@example\.com +day +5 +4 +2030-01-01 10:00/)
  expect(out).toMatch(/account +ada@example\.com +queued at a time +3/)
  expect(out).toMatch(/account +ada@example\.com +queued a second +none/)
  await alkhub('limits', 'set', '--account', id(1), '--queued-at-a-time', '3')
  await alkhub('limits', 'set', '--account', id(1), '--default')
  const sets = calls.filter(({ operation }) => operation === 'limits.set')
  expect(sets.map(({ input }) => input)).toEqual([
    { accountId: id(1), perDay: 5 },
    { accountId: id(1), queuedAtATime: 3 },
    {
      accountId: id(1),
      perMinute: null,
      perDay: null,
      perMonth: null,
      queuedAtATime: null,
      queuedPerSecond: null,
    },
  ])
})

test('a provider keeps what is not given, and its key comes from a file alone', async () => {
  const file = join(hub.folder, 'secret')
  await alkhub('providers', 'update', 'openai', '--timeout-ms', '5000', '--secret-file', file)
  expect(calls.at(-1)).toEqual({
    operation: 'clients.update',
    input: {
      name: 'openai',
      config: { baseUrl: 'https://a.example.com/v1', models: ['m'], timeoutMs: 5000 },
      secret: 'sk-new',
    },
  })
  await alkhub('providers', 'update', 'openai', '--off', '--remove-secret')
  expect(calls.at(-1)?.input).toEqual({ name: 'openai', enabled: false, secret: null })
})

test('synced tasks of an empty default project are looked for in the only other project', async () => {
  const { out } = await alkhub('tasks', 'list', '--synced')
  expect(calls).toEqual([
    { operation: 'tasks.list', input: limit },
    { operation: 'projects.list', input: limit },
    { operation: 'tasks.list', input: { ...limit, project: 'site' } },
  ])
  expect(out).toBe('Project default has no tasks. Name another with --project: site.\n')
})

test('a key is made and listed for another account, which is named by its address', async () => {
  const words = ['keys', 'create', 'ci', '--scope', 'tasks:read', '--account', 'ada@example.com']
  expect((await alkhub(...words)).out).toMatch(/^Made ci \(.+\) for ada@example\.com\.$/m)
  await alkhub('keys', 'list', '--account', id(1))
  expect(calls.map(({ operation, input }) => [operation, input])).toEqual([
    ['accounts.list', page],
    ['keys.create', { name: 'ci', accountId: id(1), scopes: ['tasks:read'] }],
    ['keys.list', { ...limit, accountId: id(1) }],
  ])
})

test('a key is named by its id or by a name that it has alone', async () => {
  expect((await alkhub('keys', 'revoke', 'ci')).out).toBe(`Revoked ${id(7)}.\n`)
  expect(calls.at(-1)).toEqual({ operation: 'keys.revoke', input: { keyId: id(7) } })
  expect((await alkhub('keys', 'revoke', 'tmpx')).err).toBe(
    'alkhub: You have no key tmpx. Ids and names are shown by `alkhub keys list`.\n',
  )
  expect((await alkhub('keys', 'revoke', 'two')).err).toContain(`${id(8)}, ${id(9)}`)
})

test('tables show accounts, organizations and other things by their names, JSON by their ids', async () => {
  const { out } = await alkhub('audit', 'list')
  expect(out).toMatch(/a\.b +organization team\n/)
  expect(out).toMatch(/c\.d +project site\n/)
  expect(out).toMatch(/e\.f +role architect\n/)
  expect(out).toMatch(/i\.j +api_key ci\n/)
  expect(out).toContain(`workspace ${id(2)}`)
  expect((await alkhub('projects', 'list')).out).toMatch(/site .* team /)
  calls.length = 0
  expect(JSON.parse((await alkhub('audit', 'list', '--json')).out)).toEqual(answers['audit.list'])
  expect(calls.map(({ operation }) => operation)).toEqual(['audit.list'])
})

test('a list shows 50 entries unless --limit says otherwise, and says how to see more', async () => {
  const before = answers['accounts.list']
  answers['accounts.list'] = { items: Array.from({ length: 50 }, () => ada), nextCursor: 'next' }
  const { out } = await alkhub('accounts', 'list')
  const three = await alkhub('accounts', 'list', '--limit', '3', '--cursor', 'next')
  answers['accounts.list'] = before
  expect(out).toMatch(
    /\n\nThese are the first 50\. Show more with a higher --limit, or continue with --cursor next\n$/,
  )
  expect(calls.map(({ input }) => input)).toEqual([limit, { limit: 3, cursor: 'next' }])
  expect(three.out).toContain('These are 50 more.')
})

test('an empty list with a filter does not claim that there is nothing at all', async () => {
  const before = answers['audit.list']
  answers['audit.list'] = { items: [] }
  const filtered = await alkhub('audit', 'list', '--action', 'x.y')
  const all = await alkhub('audit', 'list')
  answers['audit.list'] = before
  expect([filtered.out, all.out]).toEqual(['Nothing matches the options.\n', 'Nothing was done.\n'])
})

test('accounts are shown by their addresses, and --since takes a time that has passed', async () => {
  expect((await alkhub('audit', 'list', '--since', '1h')).out).toMatch(/ ada@example\.com +keys/)
  const { from } = (calls[0] ?? { input: {} }).input as { from: string }
  expect(Date.parse(from)).toBeLessThan(Date.now())
  expect((await alkhub('orgs', 'transfer', id(3), id(1))).out).toBe(
    'team now belongs to ada@example.com.\n',
  )
})

test.each([
  [['accounts', 'get', 'ad@example.com'], 'ada@example.com'],
  [['orgs', 'get', 'taem'], 'team'],
  [['projects', 'get', 'sit'], 'site'],
  [['keys', 'revoke', 'tow'], 'two'],
  [['spokes', 'get', 'labtop'], 'laptop'],
  [['roles', 'get', 'architec'], 'architect'],
  [['providers', 'remove', 'openia'], 'openai'],
  [['clients', 'delete', 'openia'], 'openai'],
])('%j suggests the name that exists: %s', async (words, name) => {
  expect((await alkhub(...words)).err).toContain(` Did you mean \`${name}\`?`)
})

test('a provider that does not exist is called a provider', async () => {
  for (const words of [
    ['providers', 'test', 'opnai'],
    ['providers', 'remove', 'opnai'],
  ]) {
    const { code, err } = await alkhub(...words)
    expect([words, code, err]).toEqual([
      words,
      1,
      expect.stringContaining(
        'alkhub: There is no provider opnai. Did you mean `openai`?',
      ) as string,
    ])
    expect(err).toContain('alkhub providers list')
    expect(err.toLowerCase()).not.toContain('client')
  }
})
