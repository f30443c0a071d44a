import { expect, test } from 'vitest'
import { parseCommand } from '../command.ts'
import { run } from '../testing/memory-io.ts'
import { add, providerConfig } from './providers/add.ts'

const configOf = (...args: string[]): unknown =>
  providerConfig(parseCommand('providers add', add, ['openai', ...args]))

test('the flags become the config of a model provider', () => {
  expect(configOf('--url', 'https://api.example.com/v1/')).toEqual({
    baseUrl: 'https://api.example.com/v1',
  })
  const models = ['--model', 'a', '--model', 'b', '--protocol', 'anthropic', '--timeout-ms', '500']
  expect(configOf('--url', 'http://127.0.0.1:9', ...models)).toEqual({
    baseUrl: 'http://127.0.0.1:9',
    protocol: 'anthropic',
    models: ['a', 'b'],
    timeoutMs: 500,
  })
})

test('a password in the URL is refused and not repeated', async () => {
  const { code, out, err } = await run([
    ...['providers', 'add', 'openai', '--url'],
    'https://me:planted-1@api.example.com/v1',
  ])
  expect(code).toBe(2)
  expect(err).toContain('A password in an argument is seen by everybody on this machine.')
  expect(err).toContain('--secret-file FILE')
  expect(out + err).not.toContain('planted-1')
})

test('no URL, a wrong URL and a wrong protocol are named', () => {
  expect(() => configOf()).toThrow('Where is the provider?')
  expect(() => configOf('--url', 'nowhere')).toThrow('--url takes a URL, not `nowhere`.')
  expect(() => configOf('--url', 'http://x', '--protocol', 'telnet')).toThrow(
    'There is no protocol `telnet`.',
  )
})
