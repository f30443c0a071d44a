import { LlmProviderConfig, reservedHeaders } from '@alkdev/contracts'
import { collectErrors } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { parseCommand } from '../command.ts'
import { run } from '../testing/memory-io.ts'
import { add, presetOf } from './providers/add.ts'
import { PROVIDER_PRESETS } from './providers/presets.ts'
import { providerConfig } from './providers/provider-config.ts'

const parsed = (...args: string[]) => parseCommand('providers add', add, ['openai', ...args])
const configOf = (...args: string[]): unknown => providerConfig(parsed(...args))

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
  expect(err).toContain('A password in an argument is visible to every user of this machine.')
  expect(err).toContain('--secret-file FILE')
  expect(out + err).not.toContain('planted-1')
})

test('no URL, a wrong URL and a wrong protocol are named', () => {
  expect(() => configOf()).toThrow('Where is the provider?')
  expect(() => configOf('--url', 'nowhere')).toThrow('--url takes a URL, not `nowhere`.')
  expect(() => configOf('--url', 'ftp://x')).toThrow('begins with http:// or https://')
  expect(() => configOf('--url', 'http://x', '--protocol', 'telnet')).toThrow(
    'There is no protocol `telnet`.',
  )
})

test('a known provider needs no URL, and flags change its config', () => {
  const args = parsed('--endpoint', 'chat', '--key-weight', 'second=2')
  expect(providerConfig(args, presetOf('openai', args)?.config)).toMatchObject({
    baseUrl: 'https://api.openai.com/v1',
    endpoints: ['chat'],
    keyWeights: { second: 2 },
  })
  expect(presetOf('openai', parsed('--url', 'http://x'))).toBeUndefined()
  expect(presetOf('mine', parsed('--preset', 'anthropic'))).toBe(PROVIDER_PRESETS['anthropic'])
  expect(presetOf('mine', parsed())).toBeUndefined()
  expect(() => presetOf('x', parsed('--preset', 'unknown'))).toThrow('There is no known provider')
})

test('the config of each known provider fits, has a URL of its own and no reserved header', () => {
  for (const { config } of Object.values(PROVIDER_PRESETS)) {
    expect(collectErrors(LlmProviderConfig, config)).toEqual([])
    expect(reservedHeaders(config)).toEqual([])
  }
})

test.each([
  [['--endpoint', 'telnet'], 'There is no endpoint `telnet`.'],
  [['--key-weight', 'second'], '--key-weight takes KEY=N, not `second`.'],
])('%j is refused', (flags, message) => {
  expect(() => configOf('--url', 'http://x', ...flags)).toThrow(message)
})
