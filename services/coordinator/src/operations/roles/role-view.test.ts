import type { Role } from '@alkdev/storage'
import { expect, test } from 'vitest'
import { roleNotFound, roleView } from './role-view.ts'

const row = {
  id: 'r1',
  name: 'reviewer',
  mode: 'subagent',
  description: null,
  temperature: null,
  prompt: null,
  permissions: [],
  tools: {},
  scopes: ['fs:read'],
  createdAt: new Date('2026-01-02T03:04:05.000Z'),
} as unknown as Role

test('the view of a role leaves out absent members', () => {
  expect(roleView(row, undefined)).toEqual({
    roleId: 'r1',
    name: 'reviewer',
    mode: 'subagent',
    permissions: [],
    tools: {},
    scopes: ['fs:read'],
    createdAt: '2026-01-02T03:04:05.000Z',
  })
})

test('the view of a role has its parent by name', () => {
  expect(roleView(row, 'base')).toMatchObject({ parent: 'base' })
})

test('the view of a role keeps a temperature of 0 and an empty prompt', () => {
  expect(roleView({ ...row, temperature: 0, prompt: '' }, undefined)).toMatchObject({
    temperature: 0,
    prompt: '',
  })
})

test('a role that does not exist is an error with its name and the status 404', () => {
  const { code, details, status } = roleNotFound('x')
  expect({ code, details, status }).toEqual({
    code: 'ROLE_NOT_FOUND',
    details: { name: 'x' },
    status: 404,
  })
})
