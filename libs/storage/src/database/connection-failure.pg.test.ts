import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { migrate } from '../migrations/migrate.ts'
import { connectionFailure } from './connection-failure.ts'
import { openDatabase } from './open-database.ts'

// D5
test('a refused password is reported as such, with the user and without the password', () => {
  const refused = Object.assign(new Error('password authentication failed'), { code: '28P01' })
  const error = connectionFailure('postgres://ada:wr0ng-secret@db.example/hub', refused)
  expect(error.message).toBe(
    'The database hub at db.example:5432 refuses the password of the user ada (28P01).',
  )
  expect(error.fix).not.toMatch(/Start PostgreSQL|wr0ng/)
})

test('an unknown user, an unknown database, and a server without TLS are reported as such, by every kind of connection', async () => {
  await using postgres = await createTestDatabase()
  const changed = (change: (url: URL) => void): string => {
    const url = new URL(postgres.url)
    change(url)
    return url.href
  }
  const cases = [
    [
      changed((url) => (url.username = 'unknown-user')),
      /(refuses the password of|does not let in) the user unknown-user \(28/,
    ],
    [changed((url) => (url.pathname = '/nowhere')), /does not exist on that server \(3D000\)/],
    [changed((url) => url.searchParams.set('sslmode', 'require')), /TLS/],
  ] as const
  for (const [url, message] of cases)
    for (const open of [openDatabase, migrate]) {
      const error: unknown = await open(url).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(error).toMatchObject({ message: expect.stringMatching(message) })
      expect(error).toMatchObject({ message: expect.not.stringContaining('does not answer') })
    }
})
