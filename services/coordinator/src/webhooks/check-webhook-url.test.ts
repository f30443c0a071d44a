import { AddressPolicy } from '@alkdev/outbound'
import { expect, test } from 'vitest'
import { checkWebhookUrl } from './check-webhook-url.ts'

const policy = new AddressPolicy({ allow: ['10.0.0.7'], denyPorts: [5432] })

test('a public URL and an allowed address are accepted without their fragment', () => {
  expect(checkWebhookUrl(policy, 'https://hooks.example.com/a?b=1#c')).toBe(
    'https://hooks.example.com/a?b=1',
  )
  expect(checkWebhookUrl(policy, 'http://10.0.0.7:8080/')).toBe('http://10.0.0.7:8080/')
})

test.each([
  'ftp://example.com/',
  'example.com',
  'https://user:secret@example.com/',
  'http://localhost/',
  'http://127.1/',
  'http://2130706433/',
  'http://[::ffff:127.0.0.1]/',
  'http://169.254.169.254/latest/meta-data',
  'http://10.0.0.7:5432/',
])('the URL %s is refused', (url) => {
  expect(() => checkWebhookUrl(policy, url)).toThrow(
    expect.objectContaining({ code: 'VALIDATION_ERROR' }),
  )
})
