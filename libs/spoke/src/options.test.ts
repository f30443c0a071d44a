import { Type } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { attachSpoke, CodedError, HubConnection, query } from './index.ts'

const none = Type.Object({})
const ok = query({ id: 'a.b', description: 'For tests.', input: none, output: none }, () => ({}))
const good = { hub: 'http://localhost:1', key: 'alk_x', name: 'me', operations: [ok] }

/** The error for options that no hub would accept. Throws when they are accepted. */
function refusal(options: object): CodedError {
  try {
    void attachSpoke({ ...good, ...options }).stop()
  } catch (error) {
    if (error instanceof CodedError && error.code === 'VALIDATION_ERROR') return error
    throw error
  }
  throw new Error('the options were taken')
}

test.each([
  ['no URL', { hub: 'localhost' }, /hub must be a URL/],
  ['another protocol', { hub: 'ftp://x/' }, /http, https, ws or wss/],
  ['a password in the URL', { hub: 'http://u:hunter2@x/' }, /without a user or password/],
  ['no key', { key: undefined }, /key must be the API key/],
  ['a key with its line end', { key: 'alk_hunter2\n' }, /without blanks or line ends/],
  ['a name with capitals', { name: 'Me' }, /\/name/],
  ['a spoke type', { spokeType: 'robot' }, /\/spokeType/],
  ['no whole capacity', { capacity: 1.5 }, /\/capacity/],
  ['too much capacity', { capacity: 257 }, /\/capacity/],
  ['a project that is no UUID', { projectId: 'x' }, /\/projectId/],
  ['no list of operations', { operations: ok }, /\/operations must be a list/],
  ['no operation', { operations: [undefined] }, /\/operations\/0 must be an operation/],
  ['an operation without handler', { operations: [{ ...ok, handler: 1 }] }, /\/0\/handler/],
  ['an id without a dot', { operations: [{ ...ok, namespace: '' }] }, /\/0\/namespace/],
  ['an id with two dots', { operations: [{ ...ok, name: 'b.c' }] }, /\/0\/name/],
  ['a reserved namespace', { operations: [{ ...ok, namespace: 'hub' }] }, /"hub" is reserved/],
  ['the same operation twice', { operations: [ok, ok] }, /\/operations\/1 a\.b occurs twice/],
  [
    'a schema that is none',
    { operations: [{ ...ok, inputSchema: { type: 'nonsense' } }] },
    /\/operations\/0\/inputSchema/,
  ],
])(
  'options with %s are an error at their line, before anything is opened',
  (_name, options, text) => {
    const { message } = refusal(options)
    expect(message).toMatch(text)
    expect(message).not.toContain('hunter2')
  },
)

test('all faults are reported at once', () => {
  const { details } = refusal({ name: 'Me', capacity: 0, operations: [{ ...ok, version: '' }] })
  const { errors } = details as { errors: { path: string }[] }
  expect(errors.map(({ path }) => path).toSorted()).toEqual([
    '/capacity',
    '/name',
    '/operations/0/version',
  ])
})

test('an invalid address and an invalid key are reported with the other faults, without their values (L18)', () => {
  const { message, details } = refusal({
    hub: 'ftp://u:hunter2@x/',
    key: 'alk_hunter2\n',
    name: 'Me',
    operations: [{ ...ok, handler: 1 }, ok],
  })
  const { errors } = details as { errors: { path: string }[] }
  expect(errors.map(({ path }) => path)).toEqual([
    '/hub',
    '/key',
    '/operations/0/handler',
    '/operations/1',
    '/name',
  ])
  expect(message).not.toContain('hunter2')
  expect(refusal({ hub: '', operations: 1, name: 'Me' }).details).toMatchObject({
    errors: [{ path: '/hub' }, { path: '/operations' }, { path: '/name' }],
  })
})

test('a client gets the error for an invalid address too', async () => {
  await expect(HubConnection.open({ hub: 'nowhere', key: 'k' })).rejects.toThrow(
    /hub must be a URL/,
  )
  await expect(HubConnection.open({ hub: 'nowhere', key: '' })).rejects.toMatchObject({
    details: { errors: [{ path: '/hub' }, { path: '/key' }] },
  })
})
