import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SentCall {
  readonly operation: string
  readonly input: unknown
}

/** Returns the data of the answer, or begins the response itself, which it then ends as well. */
export type AnswerCall = (call: SentCall, response: ServerResponse) => unknown

/** A listener instead of a hub, for tests of what a command sends and how it shows what it gets. */
export class AnsweringListener {
  /** The calls that were sent, in their order. */
  readonly calls: SentCall[] = []
  /** A folder that holds the key, and what the test puts into it. */
  folder = ''
  /** The options that make a command use this listener. */
  args: readonly string[] = []
  readonly #server

  constructor(answer: AnswerCall) {
    this.#server = createServer((request, response) => {
      const operation = request.url?.split('/').at(-1) ?? ''
      void Array.fromAsync(request).then((chunks) => {
        const text = Buffer.concat(chunks as Buffer[]).toString()
        const input: unknown = text === '' ? undefined : JSON.parse(text)
        const call = { operation, input }
        this.calls.push(call)
        response.setHeader('content-type', 'application/json')
        const data = answer(call, response)
        if (!response.headersSent) response.end(JSON.stringify({ data, meta: {} }))
        return undefined
      })
    })
  }

  async start(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'alkhub-cli-'))
    const key = join(this.folder, 'key')
    await writeFile(key, `alk_${'x'.repeat(50)}\n`)
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    this.args = ['--hub', `http://127.0.0.1:${port}`, '--key-file', key]
  }

  async stop(): Promise<void> {
    this.#server.close()
    await rm(this.folder, { recursive: true })
  }
}
