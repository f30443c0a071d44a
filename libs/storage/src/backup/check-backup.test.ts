import { expect, test } from 'vitest'
import { BackupCheck } from './check-backup.ts'
import type { BackupFrame } from './backup-frames.ts'

const header: BackupFrame = {
  kind: 'header',
  header: {
    format: 1,
    createdAt: '2026-11-30T00:00:00.000Z',
    schemaLevel: 1,
    migrations: ['0'.repeat(64)],
    tables: [],
    partitions: [],
    sequences: [],
  },
}
const file = (name: string): BackupFrame => ({ kind: 'file', name, bytes: Buffer.alloc(1) })

test('a backup with a file twice, or with more files than a stack has, is refused', () => {
  const check = new BackupCheck()
  check.see(header)
  for (let at = 0; at < 200; at += 1) check.see(file(`config/${at}`))
  expect(() => check.see(file('config/200'))).toThrow('too many files')
  const twice = new BackupCheck()
  twice.see(header)
  twice.see(file('config/gateway.json'))
  expect(() => twice.see(file('config/gateway.json'))).toThrow('two files of the name')
})
