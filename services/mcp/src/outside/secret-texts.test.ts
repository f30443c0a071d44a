import { CallError } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { ConnectionEndedError } from './connection-ended-error.ts'
import { explain } from './error-text.ts'
import { errorWithoutSecrets, secretsOf } from './secret-texts.ts'
import { settingsOfConfig, settingsOfServer } from './settings.ts'
import type { OutsideSettings } from './settings.ts'

const hidden = (text: string) => ({ reveal: () => text })
const program = settingsOfServer('forge', {
  command: 'server',
  args: ['--token=argument-secret', '--verbose', '/srv/data', 'position-secret'],
  env: { API_KEY: hidden('variable-secret') },
} as unknown as Parameters<typeof settingsOfServer>[1])
const remote = settingsOfServer('remote', {
  url: 'https://example.com/mcp',
  headers: { authorization: hidden('Bearer header-secret') },
} as unknown as Parameters<typeof settingsOfServer>[1])
const client = settingsOfConfig(
  'shop',
  'mcp-server',
  { url: 'https://example.com/mcp', headers: { 'x-region': 'europe-west' } },
  'client "secret" 1',
)

test.each<[string, OutsideSettings, string]>([
  ['a variable', program, 'variable-secret'],
  ['an argument', program, 'argument-secret'],
  ['an argument without a name', program, 'position-secret'],
  ['a header of the configuration', remote, 'header-secret'],
  ['the secret', client, 'client "secret" 1'],
  ['the secret, encoded', client, 'client%20%22secret%22%201'],
  ['the secret as base64', client, Buffer.from('client "secret" 1').toString('base64')],
])('an error that repeats %s does not show it', (_, settings, secret) => {
  const error = new CallError('EXECUTION_ERROR', `refuses ${secret}`, {
    body: { headers: { authorization: `Bearer ${secret}` }, list: [JSON.stringify(secret)] },
    status: 401,
  })
  const shown = errorWithoutSecrets(error, secretsOf(settings)) as CallError
  expect(shown.message).toBe('refuses [secret]')
  expect(JSON.stringify(shown.details)).not.toContain(secret)
  expect(shown.details).toMatchObject({
    status: 401,
    body: { headers: { authorization: expect.stringContaining('[secret]') } },
  })
  expect(JSON.stringify(explain(error, settings))).not.toContain(secret)
})

test('an error keeps paths, flags and what is no secret', () => {
  const error = new CallError('EXECUTION_ERROR', 'no --verbose in /srv/data of europe-west', {})
  expect(errorWithoutSecrets(error, secretsOf(program))).toBe(error)
  expect(errorWithoutSecrets(error, secretsOf(client))).toBe(error)
})

test('the reason of this service why a connection ended stays whole, also when a value of the configuration is a common word', () => {
  const settings = settingsOfServer('forge', {
    command: 'server',
    args: ['memory'],
  })
  const text = 'It used more memory than 256 MiB.'
  expect(explain(new ConnectionEndedError(text), settings).message).toBe(text)
  expect(explain(new CallError('PROVIDER_LOST', text), settings).message).toContain('[secret]')
})
