import { expect, test } from 'vitest'
import { CallHooks } from './call-hooks.ts'

const hook = { name: 'cards', operation: 'a.b', keyId: 'hook', phases: ['before'] }
const config = {
  inference: {
    hooks: [{ ...hook, failure: 'failClosed', models: ['acme/*'] }],
    aliases: { fast: ['other/small', { target: 'acme/large', weight: 1 }], cheap: ['other/small'] },
  },
}
const context = { runtime: { config } } as unknown as Parameters<typeof CallHooks.of>[0]

test.each([
  ['acme/large', true],
  ['fast', true],
  ['cheap', false],
  ['other/small', false],
  ['toString', false],
])('a call of %s passes the hook of acme/*: %s', (model, passes) => {
  const call = { callId: 'c', accountId: 'a', keyId: 'k', model, endpoint: 'chat/completions' }
  expect(CallHooks.of(context, call, new AbortController().signal) !== undefined).toBe(passes)
})
