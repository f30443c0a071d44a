import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createKeys,
  createResourceBuilder,
  durationMs,
  hasAllScopes,
  hasAnyScope,
  hasScope,
  isExpired,
  ResourceBuilder,
} from './index.ts'

const holder = {
  scopes: ['fs:read', 'git:*'],
  resources: { 'project:p1': ['deploy:run'], 'project:*': ['project:list'] },
}

test('a scope is covered by itself, by its namespace and by everything', () => {
  expect(hasScope(holder, 'fs:read')).toBe(true)
  expect(hasScope(holder, 'git:status')).toBe(true)
  expect(hasScope(holder, 'fs:write')).toBe(false)
  expect(hasScope({ ...holder, scopes: ['*'] }, 'any:thing')).toBe(true)
})

test('wildcards in odd places cover nothing but themselves', () => {
  const scopes = ['f*', 'f*:read', '*:read', 'fs:*x', 'fs:re*', '**', ':*', '', 'fs', '*:*']
  fc.assert(
    fc.property(fc.constantFrom('fs:read', 'fs:write', 'git:read', 'f:x', 'fs'), (scope) => {
      expect(
        hasScope({ scopes: scopes.filter((granted) => granted !== scope), resources: {} }, scope),
      ).toBe(false)
    }),
  )
})

test('scopes of the resource, and of all of its type, count beside the global ones', () => {
  const resource = 'project:p1'
  expect(hasScope(holder, 'deploy:run')).toBe(false)
  expect(hasScope(holder, 'deploy:run', { resource })).toBe(true)
  expect(hasScope(holder, 'project:list', { resource })).toBe(true)
  expect(hasScope(holder, 'project:list', { resource: 'project:other' })).toBe(true)
  expect(hasScope(holder, 'deploy:run', { resource: 'project:other' })).toBe(false)
  expect(hasAllScopes(holder, ['fs:read', 'deploy:run'], { resource })).toBe(true)
  expect(hasScope(holder, 'x:y', { resource: '__proto__' })).toBe(false)
})

test('a bare list of scopes may be asked as well; without a list nothing is covered', () => {
  const scopes = ['fs:read', 'git:*']
  expect([hasScope(scopes, 'git:status'), hasScope(scopes, 'fs:write')]).toEqual([true, false])
  expect(hasAnyScope(scopes, ['fs:write', 'fs:read'])).toBe(true)
  expect(hasAllScopes(scopes, ['fs:read', 'git:push'])).toBe(true)
  expect(hasScope(scopes, 'deploy:run', { resource: 'project:p1' })).toBe(false)
  for (const none of [undefined, null, []]) {
    expect(hasScope(none, 'fs:read')).toBe(false)
    expect(hasAnyScope(none, ['fs:read'])).toBe(false)
  }
  expect([hasAllScopes([], []), hasAllScopes(undefined, [])]).toEqual([true, false])
})

test('any of nothing is false, all of nothing is true', () => {
  expect(hasAnyScope(holder, [])).toBe(false)
  expect(hasAllScopes(holder, [])).toBe(true)
  expect(hasAnyScope(holder, ['no:no', 'fs:read'])).toBe(true)
  expect(hasAllScopes(holder, ['no:no', 'fs:read'])).toBe(false)
})

test('the manager answers the same of records, and false where there is none', async () => {
  await using keys = createKeys()
  const { record } = await keys.create({ ownerId: 'o', ...holder })
  expect(keys.hasScope(record, 'git:log')).toBe(true)
  expect(keys.hasAnyScope(record, ['deploy:run'], { resource: 'project:p1' })).toBe(true)
  expect(keys.hasAllScopes(record, ['deploy:run'])).toBe(false)
  expect(keys.checkResourceScope(record, 'project', 'p1', 'deploy:run')).toBe(true)
  expect(keys.checkResourceAnyScope(record, 'project', 'p2', ['deploy:run', 'x:y'])).toBe(false)
  expect(keys.checkResourceAllScopes(record, 'project', 'p1', ['deploy:run', 'fs:read'])).toBe(true)
  expect(keys.checkResourceScope(null, 'project', 'p1', 'fs:read')).toBe(false)
})

test('the builder merges, removes and gives copies', () => {
  const builder = createResourceBuilder()
    .add('project', 'p1', ['read', 'read'])
    .addOne('project', 'p1', 'write')
    .addMany('team', ['a', 'b'], ['join'])
    .removeScopes('team', 'b', ['join'])
  expect(builder.has('team', 'b')).toBe(false)
  expect(builder.get('none', 'x')).toEqual([])
  const built = builder.build()
  expect(built).toEqual({ 'project:p1': ['read', 'write'], 'team:a': ['join'] })
  built['project:p1']?.push('admin')
  expect(builder.get('project', 'p1')).toEqual(['read', 'write'])
  expect(ResourceBuilder.from(builder.build()).remove('team', 'a').build()).toEqual({
    'project:p1': ['read', 'write'],
  })
  expect(builder.clear().build()).toEqual({})
})

test('an expiry that cannot be read has passed', () => {
  const now = Date.UTC(2030, 0, 1)
  expect(isExpired(null, now)).toBe(false)
  expect(isExpired('2030-01-01T00:00:00.000Z', now)).toBe(true)
  expect(isExpired('2030-01-01T00:00:00.001Z', now)).toBe(false)
  expect(isExpired('some day', now)).toBe(true)
})

test('durations', () => {
  expect(durationMs('30d')).toBe(30 * 86_400_000)
  expect(durationMs('90s')).toBe(90_000)
  expect(durationMs(5)).toBe(5)
  for (const wrong of [
    '',
    '0d',
    '-1d',
    '1.5h',
    '1y',
    'd',
    '1 d',
    '9999999d',
    0,
    -1,
    Number.NaN,
    Infinity,
  ])
    expect(durationMs(wrong)).toBeUndefined()
})
