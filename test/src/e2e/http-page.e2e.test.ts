import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { devOperations } from '@alkdev/dev-spoke'
import { attachSpoke } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'
import { expect, test } from 'vitest'
import { documentText, GuideRunner } from '../guide-runner.ts'
import { shellCommands } from '../shell-blocks.ts'
import { startTestStack } from '../test-stack.ts'

const hasPython = spawnSync('python3', ['--version']).status === 0
const hasCurl = spawnSync('curl', ['--version']).status === 0
/** The call id of the examples. */
const EXAMPLE_CALL = '01a222ee-b0ba-74c1-955d-afec923269bb'
/** What curl exits with when its time is over, as for an endless stream. */
const TIME_OVER = 28

test.runIf(hasCurl)('every example of docs/reference/http.md works as printed', async () => {
  await using hub = await startTestStack()
  const served = await mkdtemp(join(tmpdir(), 'alkhub-http-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(served, { recursive: true }))
  await writeFile(join(served, 'README.md'), '# Read over HTTP\n')
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  const spoke = attachSpoke({
    hub: hub.broker,
    key,
    name: 'laptop',
    spokeType: 'dev-env',
    operations: await devOperations({ folder: served, allowShell: true }),
  })
  cleanup.defer(() => spoke.stop())
  await spoke.attached()
  await using runner = await GuideRunner.start(hub)
  await mkdir(join(runner.folder, '.alkhub'))
  await writeFile(join(runner.folder, '.alkhub/admin.key'), `${hub.admin.key}\n`)

  let callId = ''
  const outputs = new Map<string, string>()
  for (const line of shellCommands(documentText('docs/reference/http.md'))) {
    const mine = line.replace(EXAMPLE_CALL, callId)
    let ran = await runner.run(mine)
    // The record of a call is written a moment after its end.
    const retries = line.includes(EXAMPLE_CALL) ? 100 : 0
    for (let tries = 0; tries < retries && ran.code !== 0; tries += 1) {
      await sleep(100)
      ran = await runner.run(mine)
    }
    const wanted = line.includes('/api/events') ? TIME_OVER : 0
    expect({ ...ran, out: '' }).toEqual({ line: mine, code: wanted, out: '', err: '' })
    outputs.set(line.replace(/^.*http:\/\/127\.0\.0\.1:3000/, '').replace(/[?'].*$/, ''), ran.out)
    if (line.includes('fs.read'))
      callId = (JSON.parse(ran.out) as { meta: { callId: string } }).meta.callId
  }
  const answer = (path: string): unknown => JSON.parse(outputs.get(path) ?? 'null')
  expect(answer('/api/operations/dev.laptop.fs.read')).toMatchObject({
    data: { content: '# Read over HTTP\n' },
  })
  const stream = outputs.get('/api/operations/dev.laptop.shell.run') ?? ''
  expect(stream).toMatch(/^id: 1\n/m)
  expect(stream).toMatch(/^event: completed\ndata: \{"count":\d+\}$/m)
  expect(answer('/api/operations')).toMatchObject({ items: expect.any(Array) })
  expect(answer('/api/operations/keys.create')).toMatchObject({ providerCount: 1 })
  expect(answer(`/api/calls/${EXAMPLE_CALL}`)).toBeTypeOf('object')
  expect(answer('/openapi.json')).toMatchObject({ openapi: '3.1.0' })
  expect(outputs.get('/metrics')).toContain('# TYPE')
})

test.runIf(hasPython)(
  'a client in Python, written from docs/reference/http.md alone, gets what the page says',
  async () => {
    await using hub = await startTestStack()
    const served = await mkdtemp(join(tmpdir(), 'alkhub-http-python-'))
    await using cleanup = new AsyncDisposableStack()
    cleanup.defer(() => rm(served, { recursive: true }))
    await writeFile(join(served, 'README.md'), '# Read over HTTP\n')
    const keyFile = join(served, 'client.key')
    await writeFile(keyFile, `${hub.admin.key}\n`)
    const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
    const spoke = attachSpoke({
      hub: hub.broker,
      key,
      name: 'laptop',
      spokeType: 'dev-env',
      operations: await devOperations({ folder: served, allowShell: true }),
    })
    cleanup.defer(() => spoke.stop())
    await spoke.attached()
    const client = fileURLToPath(new URL('fixtures/python_client.py', import.meta.url))
    const ran = await promisify(execFile)('python3', [
      client,
      hub.gateway,
      keyFile,
      'laptop',
    ]).catch((error: { stdout: string; stderr: string }) => error)
    expect(`${ran.stderr}${ran.stdout}`).not.toMatch(/WRONG|Traceback/)
    expect(ran.stdout).toMatch(/^done$/m)
  },
)
