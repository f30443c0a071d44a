import { parentPort } from 'node:worker_threads'
import { CallError, compileSchema } from '@alkdev/operations'
import type { JsonSchema } from '@alkdev/operations'
import type { SchemaAnswer, SchemaQuestion } from './schema-thread.ts'

// The entry of the thread; see schema-thread.ts for the other side.
parentPort?.on('message', (question: SchemaQuestion) => {
  parentPort?.postMessage(answerOf(question), [])
})

function answerOf({ schema, value }: SchemaQuestion): SchemaAnswer {
  try {
    const validator = compileSchema(schema as JsonSchema)
    if (value === undefined) return { failures: [] }
    return { failures: validator.check(value.of) ? [] : validator.errors(value.of) }
  } catch (error) {
    const { message, details } = CallError.from(error)
    const { errors } = (details ?? {}) as { errors?: SchemaAnswer['failures'] }
    return { failures: errors ?? [{ path: '', message }] }
  }
}
