import { parentPort, workerData } from 'node:worker_threads'
import { parseYaml, YamlFault } from './yaml.ts'
import type { YamlAnswer } from './yaml.ts'

/** Answers with the document as JSON text, or with its fault. */
function answer(): YamlAnswer {
  try {
    const json = JSON.stringify(parseYaml(workerData as string)) as string | undefined
    return json === undefined ? {} : { json }
  } catch (error) {
    return { fault: error instanceof YamlFault ? error.message : 'it cannot be read' }
  }
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread has no origin
parentPort?.postMessage(answer())
