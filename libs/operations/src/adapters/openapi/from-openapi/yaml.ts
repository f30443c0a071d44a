import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import type { Document, Node } from 'yaml'

/** Maximum characters of YAML that are parsed in this thread: more would block the event loop. */
const MAX_CHARS_HERE = 16 * 1024
const MAX_PARSE_MS = 60_000
const MAX_HEAP_MB = 1024
/** Maximum aliases: real documents have few, and many are an attack on memory. */
const MAX_ALIASES = 1000

/**
 * Parses YAML 1.2, with merge keys (`<<`) as YAML 1.1 has them: documents use them, and every tool takes them. Throws YamlFault, which says
 * what is wrong and in which line.
 */
export function parseYaml(text: string): unknown {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { merge: true, logLevel: 'error', lineCounter })
  const [error] = document.errors
  if (error !== undefined)
    throw new YamlFault(error.message.split('\n', 1)[0]?.replace(/:$/, '') ?? '')
  refuseBadAliases(document, lineCounter)
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (cause) {
    throw new YamlFault(cause instanceof Error ? cause.message : 'it cannot be read', { cause })
  }
}

/** Text that is not YAML, or that the document cannot be made of. The message is for the reader of the document. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault'
}

/**
 * Merge keys of something that is not a map, and aliases of a value that they are inside of: the parser reports both without their place,
 * or not at all.
 */
function refuseBadAliases(document: Document, lines: LineCounter): void {
  const anchors = new Map<string, Node>()
  const fault = (node: Node, message: string): never => {
    const { line } = lines.linePos(node.range?.[0] ?? 0)
    throw new YamlFault(`${message} at line ${line}`)
  }
  const target = (node: unknown): unknown => (isAlias(node) ? anchors.get(node.source) : node)
  visit(document, {
    Node(_, node, path) {
      if (isAlias(node)) {
        const found = anchors.get(node.source)
        if (found !== undefined && path.includes(found))
          fault(node, `*${node.source} refers to a value that contains it`)
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
    Pair(_, { key, value }) {
      if (!isScalar(key) || key.source !== '<<' || key.type !== 'PLAIN') return
      const found = target(value)
      const sources = isSeq(found) ? found.items.map(target) : [found]
      // An alias to what contains it is reported when it is visited.
      if (!sources.every((one) => isMap(one))) fault(key, '<< merges something that is not a map')
    },
  })
}

/** The JSON text of a YAML document; long ones are parsed in a thread, for at most a minute. Throws on other text. */
export async function yamlToJson(text: string): Promise<string> {
  if (text.length <= MAX_CHARS_HERE) return jsonOf(parseYaml(text))
  // The extension of this file: `.ts` in the sources, `.js` where the package is installed.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./yaml-worker.${ending}`, import.meta.url), {
    workerData: text,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  })
  try {
    const [message] = (await once(worker, 'message', {
      signal: AbortSignal.timeout(MAX_PARSE_MS),
    })) as [YamlAnswer]
    if (message.fault !== undefined) throw new YamlFault(message.fault)
    return jsonOf(message.json, String)
  } finally {
    await worker.terminate()
  }
}

/** The answer of the thread: the JSON text, or the fault of the document. */
export interface YamlAnswer {
  readonly json?: string
  readonly fault?: string
}

function jsonOf(value: unknown, write: (value: unknown) => string = JSON.stringify): string {
  if (value === undefined) throw new SyntaxError('not YAML')
  return write(value)
}
