/** What a script may use of a request. */
export interface Conversation {
  /** The last message of the user. */
  readonly prompt: string
  /** The results of the tools that were called last. */
  readonly result: string
  /** Answers of the model since the prompt. */
  readonly answers: number
  /** Names of the tools that may be called. */
  readonly tools: readonly string[]
}

interface Message {
  readonly role?: unknown
  readonly content?: unknown
}

/** Reads the messages and tools of a request in the form of OpenAI. What has another form is left out. */
export function conversationOf(request: {
  readonly messages: readonly unknown[]
  readonly tools?: unknown
}): Conversation {
  const messages = request.messages.filter(
    (message): message is Message => typeof message === 'object' && message !== null,
  )
  const at = messages.findLastIndex(({ role }) => role === 'user')
  const since = messages.slice(at + 1)
  const last = since.findLastIndex(({ role }) => role === 'assistant')
  const results = since.slice(last + 1).filter(({ role }) => role === 'tool')
  return {
    prompt: textOf(messages[at]?.content),
    result: results.map(({ content }) => textOf(content)).join('\n'),
    answers: since.filter(({ role }) => role === 'assistant').length,
    tools: toolNames(request.tools),
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((part: unknown) => (part as { text?: unknown } | null)?.text)
    .filter((text) => typeof text === 'string')
    .join('\n')
}

function toolNames(tools: unknown): string[] {
  if (!Array.isArray(tools)) return []
  return tools.flatMap((tool: unknown) => {
    const name = (tool as { function?: { name?: unknown } } | null)?.function?.name
    return typeof name === 'string' ? [name] : []
  })
}
