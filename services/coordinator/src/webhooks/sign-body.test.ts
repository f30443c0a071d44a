import { expect, test } from 'vitest'
import { newWebhookSecret, signBody } from './sign-body.ts'

test('a body is signed with its time, once for each secret', () => {
  // printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_a
  expect(signBody(['whsec_a', 'whsec_b'], 1_700_000_000, '{}')).toMatch(
    /^t=1700000000,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/,
  )
})

test('another time gives another signature', () => {
  const [, first] = signBody(['whsec_a'], 1, '{}').split(',')
  const [, second] = signBody(['whsec_a'], 2, '{}').split(',')
  expect(first).not.toBe(second)
})

test('each secret is new', () => {
  expect(newWebhookSecret()).toMatch(/^whsec_[\w-]{43}$/)
  expect(newWebhookSecret()).not.toBe(newWebhookSecret())
})
