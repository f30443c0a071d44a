import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeHttpApp, createHttpApp, listenHttpApp } from '@alkdev/http'
import { silentLogger } from '@alkdev/http/testing'
import type { SdkListing } from '@alkdev/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addSdk } from './sdk.ts'

const tarball = Buffer.from('a tarball')
const listing: SdkListing = {
  inputs: 'x',
  libraries: [
    {
      name: '@alkdev/spoke',
      version: '0.1.0',
      description: 'Spokes & <more>',
      file: 'spoke-0.1.0.tgz',
      latest: 'spoke.tgz',
      integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
      bytes: tarball.length,
    },
  ],
}

let folder: string
let app: ReturnType<typeof createHttpApp>
let base: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sdk-route-'))
  app = createHttpApp({
    logger: silentLogger,
    health: { ready: () => true, report: () => ({}), metrics: () => Promise.resolve('') },
  })
  addSdk(app, { folder })
  base = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await closeHttpApp(app, 100)
  await rm(folder, { recursive: true })
})

test('before the libraries are built the answer is 503 with Retry-After', async () => {
  for (const path of ['/sdk/', '/sdk/spoke.tgz']) {
    const answer = await fetch(base + path)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await answer.json()).toMatchObject({ code: 'UNAVAILABLE' })
  }
})

test('the listing, the page and both names of a tarball are served without a key', async () => {
  await writeFile(join(folder, 'spoke-0.1.0.tgz'), tarball)
  await writeFile(join(folder, 'index.json'), JSON.stringify(listing))
  for (const path of ['/sdk/', '/sdk/index.json', '/sdk'])
    expect(await (await fetch(base + path)).json()).toEqual(listing)
  const page = await fetch(`${base}/sdk/`, { headers: { accept: 'text/html' } })
  const html = await page.text()
  expect(html).toContain(`npm install ${base}/sdk/spoke.tgz`)
  expect(html).toContain('Spokes &amp; &lt;more&gt;')
  for (const name of ['spoke.tgz', 'spoke-0.1.0.tgz']) {
    const answer = await fetch(`${base}/sdk/${name}`)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(tarball)
    const etag = answer.headers.get('etag') ?? ''
    const again = await fetch(`${base}/sdk/${name}`, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
    expect(answer.headers.get('content-length')).toBe(String(tarball.length))
  }
})

test('only files that the listing names are served', async () => {
  await writeFile(join(folder, 'secret.tgz'), 'secret')
  for (const name of ['secret.tgz', '..%2f..%2fetc%2fpasswd', '%2e%2e', 'index.json%00'])
    expect((await fetch(`${base}/sdk/${name}`)).status).toBeGreaterThanOrEqual(400)
})

test('a damaged listing is an error without its content', async () => {
  await writeFile(join(folder, 'index.json'), '{"inputs":"x","libraries":[{"file":"../../key"}]}')
  const answer = await fetch(`${base}/sdk/`)
  expect(answer.status).toBe(503)
  expect(await answer.text()).not.toContain('../../key')
})
