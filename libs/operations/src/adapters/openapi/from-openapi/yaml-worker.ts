import { parentPort, workerData } from 'node:worker_threads'
import { parseYaml } from './yaml.ts'

/** Answers with the document as JSON text, or with nothing where it is not YAML. */
// oxlint-disable unicorn/require-post-message-target-origin -- a port of a thread has no origin
try {
  parentPort?.postMessage(JSON.stringify(parseYaml(workerData as string)))
} catch {
  parentPort?.postMessage(undefined)
}
