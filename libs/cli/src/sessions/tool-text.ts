import type { SessionToolCall } from '@alkdev/contracts/agents'
import { durationText } from '../commands/calls/call-text.ts'
import { safeText } from '../say.ts'

/** The least columns of a line that is cut. */
const MIN_COLUMNS = 40
/** Columns of a line where the output is no terminal. */
const PLAIN_COLUMNS = 200

const MARKS: Readonly<Record<SessionToolCall['status'], string>> = {
  planned: '·',
  waiting: '?',
  dispatched: '…',
  done: '✓',
  failed: '✗',
  denied: '✗',
  unknown: '?',
  cancelled: '-',
}

/** The text in one line, without what controls a terminal. */
export function oneLine(text: string): string {
  return safeText(text.replaceAll(/\s+/g, ' ')).trim()
}

/** A text of at most `columns` characters. */
export function cut(text: string, columns: number): string {
  const chars = Array.from(text)
  return chars.length <= columns ? text : `${chars.slice(0, Math.max(0, columns - 1)).join('')}…`
}

interface NamedInput {
  readonly name: string
  readonly input: unknown
}

/** What a tool call calls: for the tool `call` the operation and input that it names. */
export function calledBy({ toolName, operationId, input }: SessionToolCall): NamedInput {
  const named = input as { operationId?: unknown; input?: unknown } | null | undefined
  if (toolName === 'call' && typeof named === 'object' && typeof named?.operationId === 'string')
    return { name: named.operationId, input: named.input ?? {} }
  return { name: operationId ?? toolName, input }
}

/** The input as JSON, or the text that the model wrote instead. */
export function inputText(input: unknown, indent?: number): string {
  if (typeof input === 'string') return input
  return JSON.stringify(input ?? {}, undefined, indent)
}

/** One line for a tool call: mark, operation, input, and how it ended. `columns` 0: no terminal. */
export function toolLine(call: SessionToolCall, columns: number): string {
  const { name, input } = calledBy(call)
  const width = columns === 0 ? PLAIN_COLUMNS : Math.max(MIN_COLUMNS, columns)
  const end = endText(call)
  const head = `${MARKS[call.status]} ${oneLine(name)}`
  const tail = end === '' ? '' : `  ${end}`
  const room = width - head.length - tail.length - 1
  const shown = room < 8 ? '' : ` ${cut(oneLine(inputText(input)), room)}`
  return cut(`${head}${shown}${tail}`, width)
}

function endText({ status, error, startedAt, endedAt, outputBytes }: SessionToolCall): string {
  const took =
    startedAt === undefined || endedAt === undefined
      ? undefined
      : durationText(Date.parse(endedAt) - Date.parse(startedAt))
  if (status === 'done')
    return [took, outputBytes === undefined ? undefined : bytesText(outputBytes)]
      .filter((part) => part !== undefined)
      .join(', ')
  if (status === 'dispatched') return ''
  const why = error === undefined ? '' : `: ${cut(oneLine(error.message), 100)}`
  return status === 'failed' ? `failed${why}` : `${status}${why}`
}

function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
