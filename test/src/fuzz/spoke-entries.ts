import { CallError, OperationRegistry } from '@alkdev/operations'
import type { Random } from '../torture/random.ts'
import type { EntryPoint, FuzzTarget } from './entry-point.ts'
import { hostileText } from './hostile-json.ts'
import { oneHostile } from './one-hostile.ts'
import { codedOutcome, openaiOutcome } from './outcome.ts'
import { sampleOf } from './sample-input.ts'
import type { Outcome } from './tally.ts'

const REQUEST_MS = 40_000
const MAX_ITEMS = 50
const CALLER = { identity: { id: 'fuzz', scopes: ['*'] } }

/** A call of an operation of a dev spoke, in this process: one member of its input is hostile. */
async function devCall({ dev }: FuzzTarget, random: Random): Promise<Outcome> {
  const operation = dev[random.between(0, dev.length - 1)]
  if (operation === undefined) return { is: 'fault', what: 'no operation' }
  const registry = new OperationRegistry()
  registry.registerAll([operation])
  const id = `${operation.namespace}.${operation.name}`
  const sample = known(sampleOf(operation.inputSchema))
  try {
    const input: unknown = JSON.parse(
      random.next() < 0.9 ? oneHostile(random, sample) : hostileText(random),
    )
    if (operation.type !== 'subscription') await registry.execute(id, input, CALLER)
    else {
      let count = 0
      for await (const item of registry.subscribe(id, input, CALLER)) {
        void item
        if (++count > MAX_ITEMS) break
      }
    }
    return { is: 'ok' }
  } catch (error) {
    if (error instanceof SyntaxError) return { is: 'coded', code: 'no JSON' }
    if (error instanceof CallError) return codedOutcome(error.code, `${id}: ${error.message}`)
    return { is: 'fault', what: `${id} threw ${String(error)}` }
  }
}

/** What there is in the folder of the dev spoke. */
const NAMES: Readonly<Record<string, string>> = { path: 'a.txt', worktree: '', from: 'main' }

function known(sample: unknown): unknown {
  if (typeof sample !== 'object' || sample === null || Array.isArray(sample)) return sample
  return Object.fromEntries(
    Object.entries(sample).flatMap(([name, value]) => {
      const there = NAMES[name]
      return there === '' ? [] : [[name, there ?? value]]
    }),
  )
}

/** A request to the scripted model. */
async function scripted({ scripted: url }: FuzzTarget, random: Random): Promise<Outcome> {
  const request = {
    model: 'demo',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }],
    tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
    stream: random.next() < 0.3,
    stream_options: { include_usage: true },
  }
  const body = random.next() < 0.9 ? oneHostile(random, request) : hostileText(random)
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(REQUEST_MS),
  })
  if (response.ok) {
    await response.body?.cancel()
    return { is: 'ok' }
  }
  const text = await response.text()
  if (response.status >= 500) return { is: 'fault', what: `HTTP ${response.status} ${text}` }
  return openaiOutcome(response.status, text)
}

export const spokeEntries: readonly EntryPoint[] = [
  { name: 'Dev spoke operation', weight: 3, run: devCall },
  { name: 'Scripted model', weight: 1, run: scripted },
]
