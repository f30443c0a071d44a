import type { IncomingMessage, ServerResponse } from 'node:http'
import { CodedError } from '@alkdev/errors'
import { parseJson } from '@alkdev/std'
import { answerOf } from './answer.ts'
import { chooseStep } from './choose-step.ts'
import { conversationOf } from './conversation.ts'
import { SCRIPTED_BASE_PATH } from './names.ts'
import type { ScriptLibrary } from './script-library.ts'
import { sendAnswer } from './send-answer.ts'
import { sendFailure } from './send-failure.ts'

const MAX_BODY_BYTES = 32 * 1024 * 1024

/** Answers a request from the scripts. Rejects with a CodedError for one that is not valid, and when the signal aborts. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  scripts: ScriptLibrary,
  signal: AbortSignal,
): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*$/s, '')
  if (request.method === 'GET' && path === `${SCRIPTED_BASE_PATH}/models`) {
    const names = [...(await scripts.read()).keys()].toSorted()
    const data = names.map((id) => ({ id, object: 'model', created: 0, owned_by: 'alkhub' }))
    response.writeHead(200, { 'content-type': 'application/json' })
    return void response.end(JSON.stringify({ object: 'list', data }))
  }
  if (request.method !== 'POST' || path !== `${SCRIPTED_BASE_PATH}/chat/completions`)
    return sendFailure(response, {
      status: 404,
      message: `There is only POST ${SCRIPTED_BASE_PATH}/chat/completions and GET ${SCRIPTED_BASE_PATH}/models.`,
    })
  const body = await bodyOf(request)
  const asked = readRequest(body)
  const script = (await scripts.read()).get(asked.model)
  if (script === undefined)
    return sendFailure(response, {
      status: 404,
      code: 'model_not_found',
      message: `There is no script ${JSON.stringify(asked.model)}.`,
    })
  const conversation = conversationOf(asked)
  const step = chooseStep(script, conversation)
  await sendAnswer(response, {
    step,
    answer: answerOf(asked.model, step, conversation, body),
    stream: asked.stream === true,
    includeUsage: asked.stream_options?.include_usage === true,
    signal,
  })
}

interface ModelRequest {
  readonly model: string
  readonly messages: readonly unknown[]
  readonly tools?: unknown
  readonly stream?: unknown
  readonly stream_options?: { readonly include_usage?: unknown } | null
}

function readRequest(body: string): ModelRequest {
  let value: unknown
  try {
    value = parseJson(body)
  } catch (cause) {
    throw new CodedError('VALIDATION_ERROR', 'The body is not JSON, or nested too deeply.', {
      cause,
    })
  }
  const { model, messages } = (value ?? {}) as Partial<ModelRequest>
  if (typeof model !== 'string' || !Array.isArray(messages))
    throw new CodedError('VALIDATION_ERROR', 'The body needs `model` and `messages`.')
  return value as ModelRequest
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES)
      throw new CodedError('VALIDATION_ERROR', 'The body is larger than 32 MiB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
