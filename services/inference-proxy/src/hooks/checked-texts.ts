/** Members that name things and hold no text. */
const NAMES: ReadonlySet<string> = new Set([
  'call_id',
  'content_index',
  'created',
  'created_at',
  'encrypted_content',
  'finish_reason',
  'id',
  'index',
  'item_id',
  'model',
  'object',
  'output_index',
  'role',
  'sequence_number',
  'service_tier',
  'signature',
  'status',
  'stop_reason',
  'summary_index',
  'system_fingerprint',
  'tool_call_id',
  'tool_use_id',
  'type',
])

/** Members with counts, or with what the client says of itself. */
const OTHERS: ReadonlySet<string> = new Set(['usage', 'logprobs', 'stream_options'])

const ATTACHMENT = /^(?:data:[^,]{0,256};base64,)?[A-Za-z0-9+/_-]{1024,}={0,2}$/
const MAX_DEPTH = 200

/** Whether the strings of a member are checked. */
export function isChecked(name: string): boolean {
  return !NAMES.has(name) && !OTHERS.has(name)
}

/** Whether the members below are those of a tool: the arguments of a call as an object, whose names mean nothing to a protocol. */
function isFree(name: string, value: unknown): boolean {
  return name === 'input' && typeof value === 'object' && !Array.isArray(value)
}

/** The texts of a parsed request or answer, in their order, but for names and for attachments in base64. */
export function checkedTexts(value: unknown): string[] {
  const texts: string[] = []
  const walk = (one: unknown, depth: number, free: boolean): void => {
    if (typeof one === 'string') {
      if (one !== '' && !ATTACHMENT.test(one)) texts.push(one)
      return
    }
    if (typeof one !== 'object' || one === null || depth > MAX_DEPTH) return
    if (Array.isArray(one)) for (const child of one) walk(child, depth + 1, free)
    else
      for (const [name, child] of Object.entries(one))
        if (free || isChecked(name)) walk(child, depth + 1, free || isFree(name, child))
  }
  walk(value, 0, false)
  return texts
}
