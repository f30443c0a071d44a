import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { CuttableLink } from '../cuttable-link.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

const python = ['python3', 'python'].find(
  (name) => spawnSync(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0,
)
const reason = python === undefined ? ' (skipped: there is no python3 here)' : ''
const file = fileURLToPath(new URL('fixtures/python_spoke.py', import.meta.url))

/** The spoke in a process of its own. */
class PythonSpoke implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  #output = ''
  readonly exited: Promise<unknown>

  constructor(url: string, key: string, name: string) {
    const child = spawn(python ?? '', [file, url, name], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child = child
    child.stdout.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    child.stdin.write(`${key}\n`)
    this.exited = once(child, 'exit').then(([code]) => code as unknown)
  }

  get lines(): string[] {
    return this.#output.split('\n').filter(Boolean)
  }

  attached(count: number): Promise<void> {
    return vi.waitFor(
      () => {
        const seen = this.lines.filter((line) => line === 'attached').length
        if (seen < count) throw new Error(`attached ${seen} times`)
      },
      { timeout: 10_000 },
    )
  }

  stop(): void {
    this.#child.stdin.write('stop\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
    await this.exited
  }
}

describe.skipIf(python === undefined)(
  `a spoke in Python, written from the protocol's description${reason}`,
  () => {
    let hub: TestStack
    let link: CuttableLink
    let spoke: PythonSpoke

    beforeAll(async () => {
      hub = await startTestStack({ spokes: { heartbeatMs: 300 } })
      link = await CuttableLink.to(hub.broker)
      const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
      spoke = new PythonSpoke(link.url, key, 'snake')
      await spoke.attached(1)
    })
    afterAll(async () => {
      await spoke?.[Symbol.asyncDispose]()
      await link?.[Symbol.asyncDispose]()
      await hub?.[Symbol.asyncDispose]()
    })

    test('answers queries, tells its own errors, and nothing of what breaks inside', async () => {
      const sum = await call(hub, hub.admin, 'compute.snake.math.sum', { numbers: [1, 2, 39] })
      expect(sum.body).toMatchObject({ data: 42, meta: { operationId: 'compute.snake.math.sum' } })
      const failed = await call(hub, hub.admin, 'compute.snake.work.fail', {})
      expect(failed.body).toMatchObject({ code: 'TEAPOT', detail: 'short and stout', status: 418 })
    })

    test('streams more items than one window, in order', async () => {
      const answer = await call(
        hub,
        hub.admin,
        'compute.snake.math.count',
        { count: 500 },
        { accept: 'text/event-stream' },
      )
      const ids = [...String(answer.body).matchAll(/^id: ?(\d+)$/gm)].map(([, id]) => Number(id))
      expect(ids).toEqual(Array.from({ length: 500 }, (_, n) => n + 1))
      expect(answer.body).toContain('event: completed')
    })

    test('calls the hub as part of a call, with the rights of both', async () => {
      const answer = await call(hub, hub.admin, 'compute.snake.work.nested', {})
      expect(answer.body).toMatchObject({ data: hub.admin.accountId })
    })

    test('stays attached while it has nothing to do', async () => {
      await new Promise((resolve) => setTimeout(resolve, 1500))
      expect(spoke.lines).toEqual(['attached'])
    })

    test('continues with a resumable call over a cut, and answers it after the reconnect', async () => {
      const answer = call(hub, hub.admin, 'compute.snake.work.slow', { seconds: 1.5 })
      await new Promise((resolve) => setTimeout(resolve, 300))
      link.cut()
      await spoke.attached(2)
      expect((await answer).body).toMatchObject({ data: 'slept' })
    })

    test('gives an answer that came while there was no hub', async () => {
      const answer = call(hub, hub.admin, 'compute.snake.work.slow', { seconds: 0.5 })
      await new Promise((resolve) => setTimeout(resolve, 300))
      link.cut({ refuse: true })
      await new Promise((resolve) => setTimeout(resolve, 600))
      link.repair()
      expect((await answer).body).toMatchObject({ data: 'slept' })
    })

    test('gives an answer again that the network swallowed', async () => {
      const answer = call(hub, hub.admin, 'compute.snake.work.slow', { seconds: 0.3 })
      await new Promise((resolve) => setTimeout(resolve, 200))
      link.swallow()
      await new Promise((resolve) => setTimeout(resolve, 200))
      link.cut()
      expect((await answer).body).toMatchObject({ data: 'slept' })
    })

    test('stops on request: in-flight calls end, the hub closes with 1000', async () => {
      const answer = call(hub, hub.admin, 'compute.snake.work.slow', { seconds: 0.5 })
      await new Promise((resolve) => setTimeout(resolve, 200))
      spoke.stop()
      expect((await answer).body).toMatchObject({ data: 'slept' })
      expect(await spoke.exited).toBe(0)
      expect(spoke.lines.at(-1)).toBe('stopped')
    })

    test('gives up when the hub refuses its key', async () => {
      await using refused = new PythonSpoke(hub.broker, 'alk_wrong', 'other')
      expect(await refused.exited).toBe(2)
      expect(refused.lines.at(-1)).toContain('refused')
    })
  },
)
