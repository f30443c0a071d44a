import { expect, test } from 'vitest'
import { DatabaseTrouble, TROUBLE_MS } from './database-trouble.ts'
import { storageError } from './storage-error.ts'

const failure = (code: string) => Object.assign(new Error(`select 1 failed in /var/lib`), { code })

test('a failure that no successful write disproves is reported while it occurs, and cleared some time later', () => {
  let now = 0
  const trouble = new DatabaseTrouble({ now: () => now })
  expect(trouble.reason).toBeUndefined()
  trouble.see(failure('23505'))
  expect(trouble.reason).toBeUndefined()
  trouble.see(failure('53100'))
  expect(trouble.reason).toBe('The database has no disk space left.')
  now = TROUBLE_MS - 1
  trouble.see(failure('53100'))
  now = TROUBLE_MS + 1
  expect(trouble.reason).toBe('The database has no disk space left.')
  now = 3 * TROUBLE_MS
  expect(trouble.reason).toBeUndefined()
})

// D2
test('a full disk is reported until a write succeeds, however long that takes, and whatever fails meanwhile', async () => {
  let now = 0
  let probed = Promise.withResolvers<void>()
  let answer: () => Promise<unknown> = () => Promise.reject(failure('53100'))
  const trouble = new DatabaseTrouble({
    now: () => now,
    probeMs: 1,
    probe() {
      const was = probed
      probed = Promise.withResolvers()
      return answer().finally(() => was.resolve())
    },
  })
  trouble.see(failure('53100'))
  for (const next of ['53100', 'ECONNREFUSED', '42601']) {
    await probed.promise
    now += 10 * TROUBLE_MS
    answer = () => Promise.reject(failure(next))
    expect(trouble.reason).toBe('The database has no disk space left.')
  }
  answer = () => Promise.reject(failure('25006'))
  await expect.poll(() => trouble.reason).toBe('The database takes no writes: it is read-only.')
  answer = () => Promise.resolve()
  await expect.poll(() => trouble.reason).toBeUndefined()
  // After another failure and a close, nothing is tried any more.
  trouble.see(failure('53100'))
  answer = () => Promise.reject(new Error('tried after the end'))
  trouble.close()
  expect(trouble.reason).toBe('The database has no disk space left.')
})

test.for([
  ['53100', 'The database has no disk space left.'],
  ['53200', 'The database is out of memory.'],
  ['53300', 'The database has no free connections.'],
  ['25006', 'The database takes no writes: it is read-only.'],
  ['58030', "The database can't read or write its files."],
  ['28P01', 'The database refuses the password of the hub.'],
  ['3D000', 'The database of the hub does not exist.'],
  ['42501', 'The database does not give the user of the hub the rights that it needs.'],
  ['42P01', 'The tables of the database are not those of this version.'],
  ['57014', 'The database is busy.'],
  ['57P05', 'The connection to the database broke.'],
  ['26000', 'The connection pooler does not keep prepared statements.'],
  ['EMFILE', 'The hub has no means to connect to the database now.'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'The database refuses the connection.'],
] as const)('%s is UNAVAILABLE with its reason, without SQL or paths', ([code, message]) => {
  const error = storageError(failure(code))
  expect({ code: error.code, message: error.message }).toEqual({ code: 'UNAVAILABLE', message })
})
