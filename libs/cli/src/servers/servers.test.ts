import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sleep } from '@alkdev/std'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { startPostgres } from './postgres-server.ts'
import { startRedis } from './redis-server.ts'

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('PostgreSQL with a password lets in who knows it, and leaves nothing behind', async () => {
  let folder: string
  {
    await using server = await startPostgres({ password: 'a b/c' })
    folder = String(server.process.child.spawnargs[4])
    const sql = postgres(server.url, { max: 1 })
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
    await sql.end()
    const outsider = postgres(server.url.replace('a%20b%2Fc', 'wrong'), { max: 1 })
    await expect(outsider`select 1`).rejects.toThrow(/password authentication failed/)
    await outsider.end()
    expect(existsSync(folder)).toBe(true)
  }
  for (let i = 0; i < 100 && existsSync(folder); i += 1) await sleep(50)
  expect(existsSync(folder)).toBe(false)
}, 60_000)

test('a Redis whose starter was killed with SIGKILL stops and leaves nothing behind', async () => {
  const program = `
    import { startRedis } from ${JSON.stringify(fileURLToPath(new URL('redis-server.ts', import.meta.url)))}
    const server = await startRedis({ password: 'secret' })
    console.log(JSON.stringify({ pid: server.process.child.pid, url: server.url, folder: server.process.child.spawnargs[4] }))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))
  })
  const { pid, url, folder } = JSON.parse(line) as { pid: number; url: string; folder: string }
  const client = new Redis(url)
  client.on('error', () => {})
  expect(await client.ping()).toBe('PONG')
  client.disconnect()
  child.kill('SIGKILL')
  for (let i = 0; i < 200 && (alive(pid) || existsSync(folder)); i += 1) await sleep(50)
  expect(alive(pid)).toBe(false)
  expect(existsSync(folder)).toBe(false)
}, 60_000)

test('a Redis with a password refuses a client without it', async () => {
  await using server = await startRedis({ password: 'secret' })
  const outsider = new Redis(`redis://127.0.0.1:${server.port}`, { maxRetriesPerRequest: 0 })
  outsider.on('error', () => {})
  await expect(outsider.get('x')).rejects.toThrow(/NOAUTH/)
  outsider.disconnect()
})

test('both servers keep their data in a folder with spaces, quotes and letters beyond ASCII', async () => {
  const folder = await mkdtemp(join(tmpdir(), `alkhub "a' ü `))
  // As root PostgreSQL runs as another user, who must get into the folder.
  await chmod(folder, 0o755)
  try {
    await using redis = await startRedis({ keepIn: join(folder, 'redis') })
    await using database = await startPostgres({
      keepIn: () => Promise.resolve(join(folder, 'postgres')),
    })
    expect([redis.port, database.port].every((port) => port > 0)).toBe(true)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)
