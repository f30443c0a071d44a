import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { parse } from 'yaml'

/** Characters of YAML that are parsed in this thread: more would hold the event loop. */
const MAX_CHARS_HERE = 16 * 1024
const MAX_PARSE_MS = 60_000
const MAX_HEAP_MB = 1024
/** Few in real documents; many of them are an attack on memory. */
const MAX_ALIASES = 1000

/** Parses YAML 1.2, with merge keys (`<<`) as YAML 1.1 has them: documents use them, and every tool takes them. Throws on other text. */
export function parseYaml(text: string): unknown {
  return parse(text, { maxAliasCount: MAX_ALIASES, merge: true, logLevel: 'error' })
}

/** The JSON text of a YAML document; long ones are parsed in a thread, for at most a minute. Throws on other text. */
export async function yamlToJson(text: string): Promise<string> {
  if (text.length <= MAX_CHARS_HERE) return jsonOf(parseYaml(text))
  // The file's own ending: `.ts` in the sources, `.js` where it is installed.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./yaml-worker.${ending}`, import.meta.url), {
    workerData: text,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  })
  try {
    const [message] = (await once(worker, 'message', {
      signal: AbortSignal.timeout(MAX_PARSE_MS),
    })) as [unknown]
    return jsonOf(message, String)
  } finally {
    await worker.terminate()
  }
}

function jsonOf(value: unknown, write: (value: unknown) => string = JSON.stringify): string {
  if (value === undefined) throw new SyntaxError('not YAML')
  return write(value)
}
