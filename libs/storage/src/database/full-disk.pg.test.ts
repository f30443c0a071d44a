import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@alkdev/testing'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { coded } from './storage-error.ts'
import { openDatabase } from './open-database.ts'

/** A tablespace on a file system of 1 MiB; undefined where it can't be created. */
function smallDisk(owner: string): (Disposable & { readonly folder: string }) | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'full-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  execFileSync('chown', [owner, folder])
  execFileSync('chmod', ['700', folder])
  return {
    folder,
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The operating system's user of the server that answers at a URL. */
function ownerOf(port: string): string | undefined {
  try {
    const pids = execFileSync('pgrep', ['-f', `postgres.*${port}`], { encoding: 'utf8' })
    const pid = pids.trim().split('\n')[0] ?? ''
    return execFileSync('ps', ['-o', 'user=', '-p', pid], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

// D2
test('a full disk is UNAVAILABLE with its reason, and remembered for readiness', async ({
  skip,
}) => {
  await using postgres = await createTestDatabase()
  const owner = ownerOf(new URL(postgres.url).port)
  using disk = owner === undefined ? undefined : smallDisk(owner)
  if (disk === undefined) {
    skip('no file system of its own can be mounted here')
    return
  }
  await using database = await openDatabase(postgres.url)
  const { db } = database
  const name = `full_${postgres.name}`.slice(0, 60)
  await db.execute(sql.raw(`create tablespace ${name} location '${disk.folder}'`))
  try {
    await db.execute(sql.raw(`create table filler (bytes text) tablespace ${name}`))
    await db.execute(sql.raw('alter table filler alter column bytes set storage external'))
    expect(database.trouble).toBeUndefined()
    const fill = coded(() =>
      db.execute(
        sql.raw("insert into filler select repeat('x', 1500) from generate_series(1, 10000)"),
      ),
    )
    await expect(fill).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The database has no disk space left.',
    })
    expect(database.trouble).toBe('The database has no disk space left.')
    // Statements that need no space continue to work.
    expect(await db.execute(sql`select 1 as n`)).toEqual([{ n: 1 }])
  } finally {
    await db.execute(sql.raw('drop table if exists filler'))
    await db.execute(sql.raw(`drop tablespace ${name}`))
  }
})

test('a database that takes no writes is UNAVAILABLE with its reason', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url, { max: 1 })
  const { db } = database
  await db.execute(sql`set default_transaction_read_only = on`)
  const write = coded(() => db.execute(sql`create table nothing (n integer)`))
  await expect(write).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'The database takes no writes: it is read-only.',
  })
  expect(database.trouble).toBe('The database takes no writes: it is read-only.')
})
