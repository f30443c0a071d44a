import { expect, test } from 'vitest'
import { clientSecretPlace } from './index.ts'

test('the place that a secret is encrypted with has its published form', () => {
  expect(clientSecretPlace('0197-id', '')).toBe('client_secrets/0197-id/secret')
  expect(clientSecretPlace('0197-id', 'https://api.example.com')).toBe(
    'client_secrets/0197-id/secret@https://api.example.com',
  )
})
