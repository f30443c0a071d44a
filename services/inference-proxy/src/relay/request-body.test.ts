import { expect, test } from 'vitest'
import { readModelBody } from './model-body.ts'
import { upstreamBody } from './request-body.ts'
import type { UpstreamBodyChanges } from './request-body.ts'

const chat = { path: 'chat/completions', protocol: 'chat' } as const
const changes: UpstreamBodyChanges = {
  model: 'm',
  outputLimit: undefined,
  outputLimitField: undefined,
  mayAskForUsage: false,
}
const sent = (text: string, given: Partial<UpstreamBodyChanges>): string =>
  upstreamBody(chat, readModelBody(Buffer.from(text)), { ...changes, ...given }).bytes.toString()

test('a body that needs no change goes out byte for byte', () => {
  const text = '{"model":"m", "seed":9007199254740993,"a":1.0,"a":2}'
  expect(sent(text, {})).toBe(text)
})

test('an output limit of the hub is set in the member that the provider takes', () => {
  expect(sent('{"model":"m"}', { outputLimit: 7 })).toBe('{"model":"m","max_tokens":7}')
  expect(sent('{"model":"m"}', { outputLimit: 7, outputLimitField: 'max_completion_tokens' })).toBe(
    '{"model":"m","max_completion_tokens":7}',
  )
})

test('every limit that a body has gets the value of the hub, so that no other form of a number counts', () => {
  expect(sent('{"model":"m","max_completion_tokens":1e6}', { outputLimit: 7 })).toBe(
    '{"model":"m","max_completion_tokens":7}',
  )
  expect(
    sent('{"model":"m","max_tokens":"9","max_completion_tokens":null,"max_tokens":5}', {
      outputLimit: 7,
    }),
  ).toBe('{"model":"m","max_tokens":7,"max_completion_tokens":7,"max_tokens":7}')
})

test('of several models all are replaced, also where the one that was read needs no change', () => {
  expect(sent('{"model":"large","model":"m"}', {})).toBe('{"model":"m","model":"m"}')
})
