import { expect, test } from 'vitest'
import type { Identity, RoleRule } from '../index.ts'
import { callHash, mayBeAllowed, RESOURCE_META, roleRefusal, rulesDecision } from './role-rules.ts'

const rule = (action: string, permission: RoleRule['permission'], pattern = '*'): RoleRule => ({
  action,
  permission,
  pattern,
})
const file = { _meta: { [RESOURCE_META]: '/path' } }
const shell = { _meta: { [RESOURCE_META]: '/command' } }
const writesDocs = [
  [rule('fs.write', 'allow', 'docs/*'), rule('fs.write', 'ask'), rule('*', 'deny')],
]
const write = (path: unknown, id = 'fs.write') => rulesDecision(writesDocs, file, id, { path })

test('the first rule that matches decides, and a pinned operation has the rules of its own name', () => {
  expect([write('docs/a.md'), write('src/a.ts')]).toEqual(['allow', 'ask'])
  expect(write('docs/a.md', 'dev.laptop.fs.write')).toBe('allow')
  expect(rulesDecision(writesDocs, file, 'fs.read', { path: 'docs/a.md' })).toBe('deny')
  expect(rulesDecision([[]], file, 'fs.read', {})).toBe('deny')
})

test('a rule that allows a folder does not cover a path that leaves it', () => {
  for (const path of ['docs/../src/a.ts', 'docs\\..\\src', './../docs/a', '/docs/a', 7, undefined])
    expect(write(path)).toBe('ask')
  expect(write('./docs//a.md')).toBe('allow')
})

test('a rule that denies a folder covers each path that leads into it', () => {
  const rules = [[rule('fs.write', 'deny', 'secrets/*'), rule('*', 'allow')]]
  const decided = (path: string) => rulesDecision(rules, file, 'fs.write', { path })
  for (const path of [
    'secrets/a',
    'docs/../secrets/a',
    './/docs/./../secrets//a',
    'docs\\..\\secrets\\a',
    '../checkout/secrets/a',
    '/home/me/checkout/secrets/a',
    'C:\\checkout\\secrets\\a',
    `${'a/'.repeat(3000)}b`,
  ])
    expect(decided(path)).toBe('deny')
  for (const path of ['docs/a', 'docs/secrets/a', '/home/me/docs/a'])
    expect(decided(path)).toBe('allow')
})

test('a pattern of a command allows one plain command only, and denies also a longer one', () => {
  const rules = [
    [rule('shell.run', 'deny', 'git push*'), rule('shell.run', 'allow', 'git *'), rule('*', 'ask')],
  ]
  const run = (command: string) => rulesDecision(rules, shell, 'shell.run', { command })
  expect(run('git status')).toBe('allow')
  for (const command of [
    'git status; ls',
    'git log | sh',
    'git log `id`',
    'git log $(id)',
    'git x\nls',
    'git log > x',
  ])
    expect(run(command)).toBe('ask')
  expect(run('git push; ls')).toBe('deny')
})

test('a pattern other than * matches no call of an operation that names no resource', () => {
  expect(rulesDecision(writesDocs, {}, 'fs.write', { path: 'docs/a.md' })).toBe('ask')
})

test('the strictest role of a chain decides', () => {
  const roles = [[rule('*', 'allow')], [rule('fs.read', 'ask'), rule('*', 'deny')]]
  expect(rulesDecision(roles, file, 'fs.read', {})).toBe('ask')
  expect(rulesDecision(roles, file, 'fs.write', {})).toBe('deny')
})

test.each([
  'keys.create',
  'sessions.create',
  'workflows.run',
  'workspaces.update',
  'schedules.create',
  'calls.enqueue',
  'roles.update',
])('a session never calls %s, whatever its roles allow', (operationId) => {
  expect(rulesDecision([[rule('*', 'allow')]], {}, operationId, {})).toBe('deny')
  expect(rulesDecision([], {}, operationId, {})).toBe('deny')
})

test('a session finds operations, and keeps its list of todos, whatever its roles deny', () => {
  for (const name of ['hub.list', 'hub.search', 'hub.schema', 'sessions.setTodos', 'coord.sleep'])
    expect(rulesDecision([[rule('*', 'deny')]], {}, name, {})).toBe('allow')
})

test('a call that needs an approval passes with the approval for exactly this call', () => {
  const identity: Identity = { id: 'a', scopes: ['*'], sessionId: 's', rules: writesDocs }
  const input = { path: 'src/a.ts', text: 'x' }
  const refusal = roleRefusal(identity, file, 'fs.write', input)
  expect(refusal).toMatchObject({ code: 'ACCESS_DENIED', details: { reason: 'needs_approval' } })
  const approved = { ...identity, approvedCall: callHash('fs.write', input) }
  expect(roleRefusal(approved, file, 'fs.write', { text: 'x', path: 'src/a.ts' })).toBeUndefined()
  expect(roleRefusal(approved, file, 'fs.write', { ...input, text: 'y' })).toBeDefined()
  expect(roleRefusal(approved, file, 'fs.read', input)).toMatchObject({
    details: { reason: 'role' },
  })
})

test('a session whose rules are not known may call nothing, and an account needs none', () => {
  expect(roleRefusal({ id: 'a', scopes: ['*'], sessionId: 's' }, file, 'fs.read', {})).toBeDefined()
  expect(roleRefusal({ id: 'a', scopes: ['*'] }, file, 'fs.read', {})).toBeUndefined()
})

test('an operation may be allowed when each role has a rule for some input of it, whatever the rule calls it', () => {
  const may = (...rules: RoleRule[]) => mayBeAllowed([rules], 'dev.laptop.fs.read')
  expect(may(rule('fs.read', 'allow', 'docs/*'))).toBe(true)
  expect(may(rule('fs.*', 'allow', 'docs/*'), rule('*', 'deny'))).toBe(true)
  expect(may(rule('dev.laptop.*', 'ask', 'docs/*'))).toBe(true)
  expect(may(rule('fs.read', 'deny', 'secrets/*'), rule('*', 'allow'))).toBe(true)
  expect(may(rule('fs.*', 'deny'), rule('*', 'allow'))).toBe(false)
  expect(may(rule('fs.write', 'allow'))).toBe(false)
  expect(mayBeAllowed([[rule('*', 'allow')], [rule('fs.write', 'allow')]], 'fs.read')).toBe(false)
  expect(mayBeAllowed([[rule('*', 'allow')]], 'calls.enqueue')).toBe(false)
  expect(mayBeAllowed([[]], 'sessions.setTodos')).toBe(true)
})
