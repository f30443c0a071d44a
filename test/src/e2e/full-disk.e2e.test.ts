import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@alkdev/testing'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'

const NO_SPACE = 'The database has no disk space left.'

interface SmallDisk extends Disposable {
  readonly folder: string
  /** Doubles it. */
  grow(): void
}

/** A file system of 48 MiB for the server; undefined where none can be mounted. */
function smallDisk(port: string): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'full-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  const pids = execFileSync('pgrep', ['-f', `postgres.*-p ${port}`], { encoding: 'utf8' })
  const pid = pids.trim().split('\n')[0] ?? ''
  const owner = execFileSync('ps', ['-o', 'uid=', '-p', pid], { encoding: 'utf8' }).trim()
  execFileSync('chown', [owner, folder])
  execFileSync('chmod', ['700', folder])
  return {
    folder,
    grow() {
      execFileSync('mount', ['-o', 'remount,size=96m', folder])
    },
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

// D2
test('while the disk of the database is full, writes are UNAVAILABLE and the services are not ready, with that reason, and no longer', async ({
  skip,
}) => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createTestDatabase())
  const disk = smallDisk(new URL(database.url).port)
  if (disk === undefined) {
    skip('no file system can be mounted here')
    return
  }
  stack.use(disk)
  const admin = postgres(database.url.replace(database.name, 'postgres'), { max: 1 })
  stack.defer(() => admin.end())
  const space = `small_${database.name}`.slice(0, 60)
  await admin.unsafe(`create tablespace ${space} location '${disk.folder}'`)
  stack.defer(() => admin.unsafe(`drop tablespace ${space}`).then(() => undefined))
  await admin.unsafe(`alter database ${database.name} set tablespace ${space}`)
  stack.defer(() =>
    admin.unsafe(`drop database if exists ${database.name} with (force)`).then(() => undefined),
  )
  const hub = stack.use(await startTestStack({}, { postgresUrl: database.url }))
  const { sql } = hub.database
  await sql.unsafe(
    'create table filler (bytes text); alter table filler alter column bytes set storage external',
  )
  const readiness = async () => {
    const response = await fetch(`${hub.gateway}/readyz`)
    return [response.status, await response.json()]
  }
  expect(await readiness()).toEqual([200, { status: 'ready' }])

  // As much as there is, in ever smaller pieces.
  const fill = (rows: number): Promise<boolean> =>
    sql.unsafe(`insert into filler select repeat('x', 1500) from generate_series(1, ${rows})`).then(
      () => true,
      () => false,
    )
  for (const rows of [1000, 100, 10, 1, 1, 1]) while (await fill(rows));
  // Pages that were begun take some more rows.
  let failed = 0
  for (let at = 0; failed === 0 && at < 5000; at += 1) {
    const answer = await call(hub, hub.admin, 'orgs.create', { name: `org-${at}` })
    if (answer.status === 200) continue
    expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE', detail: NO_SPACE } })
    failed += 1
  }
  expect(failed).toBe(1)
  expect(await readiness()).toEqual([503, { status: 'not-ready', reason: NO_SPACE }])
  // What only reads continues.
  expect((await call(hub, hub.admin, 'orgs.list')).status).toBe(200)

  disk.grow()
  await expect.poll(readiness, { timeout: 30_000 }).toEqual([200, { status: 'ready' }])
  expect((await call(hub, hub.admin, 'orgs.create', { name: 'with-room' })).status).toBe(200)
})
