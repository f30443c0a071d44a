import { Agent, request } from 'node:http'
import { must } from '@alkdev/std'
import { Children } from './children.ts'
import { startInferenceStack } from './inference-stack.ts'
import { median } from './measure.ts'
import { cpuBetween, readCpu } from './process-tree.ts'
import type { Row } from './row.ts'

const STREAMS = 256
const FRAMES = 500
const FRAME_MS = 20
const ROUNDS = 40

interface ReadStream {
  /** Milliseconds until the first content. */
  readonly firstMs: number
  readonly frames: number
  readonly isWhole: boolean
}

/**
 * 256 streams of 50 frames a second through the inference proxy with everything on, and how much later the first content comes than from a bare
 * relay.
 */
export async function run(): Promise<Row[]> {
  await using children = new Children()
  const model = (await children.start('./inference-peer.ts', ['model'])).said
  const origin = new URL(model).origin
  const relay = await children.start('./inference-peer.ts', ['relay', model])
  const paced = `${origin}/paced/${FRAME_MS}/${FRAMES}/v1`
  const short = `${origin}/paced/1/3/v1`
  await using hub = await startInferenceStack({ paced, short })
  const { proxy, keys } = hub
  const agent = new Agent({ keepAlive: true, maxSockets: 512 })
  const through = (name: string): Promise<ReadStream> =>
    readStream(agent, `${proxy.url}/v1/chat/completions`, `${name}/m`, keys.everything)
  const bare = (): Promise<ReadStream> =>
    readStream(agent, `${new URL(relay.said).origin}/paced/1/3/v1/chat/completions`, 'm', '')
  const [firsts, bareFirsts]: [number[], number[]] = [[], []]
  for (let at = 0; at < 2 * ROUNDS; at++) {
    const [ours, theirs] = [await through('short'), await bare()]
    // The first half warms up.
    if (at >= ROUNDS) {
      firsts.push(ours.firstMs)
      bareFirsts.push(theirs.firstMs)
    }
  }
  const pid = must(proxy.machine.pid)
  const before = readCpu(pid)
  const from = performance.now()
  const all = await Promise.all(Array.from({ length: STREAMS }, () => through('paced')))
  const tookMs = performance.now() - from
  const cpuMs = cpuBetween(before, readCpu(pid)) / 1000
  agent.destroy()
  const missing = all.reduce((sum, { frames }) => sum + FRAMES - frames, 0)
  const cut = all.filter(({ isWhole }) => !isWhole).length
  const later = median(firsts) - median(bareFirsts)
  return [
    {
      name: 'first content of a stream, later than from a bare relay, p50',
      value: later,
      unit: 'ms',
      target: '<= 2 ms',
      ok: later <= 2,
    },
    {
      name: `frames missing of ${STREAMS} streams of 50 frames a second`,
      value: missing + cut,
      unit: '',
      target: '0',
      ok: missing + cut === 0,
    },
    {
      name: 'the share of one processor core that the proxy uses for them',
      value: (100 * cpuMs) / tookMs,
      unit: '%',
      target: '<= 100 %',
      ok: cpuMs <= tookMs,
    },
  ]
}

function readStream(agent: Agent, url: string, model: string, key: string): Promise<ReadStream> {
  const body = JSON.stringify({
    model,
    stream: true,
    max_tokens: 1000,
    messages: [{ role: 'user', content: 'Tell me a story.' }],
  })
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(key !== '' && { authorization: `Bearer ${key}` }),
  }
  return new Promise((resolve, reject) => {
    const from = performance.now()
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      let [text, frames, firstMs] = ['', 0, 0]
      let isWhole = false
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
        const lines = text.split('\n')
        text = lines.pop() ?? ''
        for (const line of lines) {
          if (line.includes('"content":"and so on, "')) frames += 1
          if (line === 'data: [DONE]') isWhole = true
        }
        if (frames > 0 && firstMs === 0) firstMs = performance.now() - from
      })
      answer.once('end', () => resolve({ firstMs, frames, isWhole }))
      answer.once('error', reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
