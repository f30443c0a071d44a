import type { Identity } from '@alkdev/operations'
import type { ServiceRuntime } from '@alkdev/service'
import { readPinnedRows } from '@alkdev/storage/sessions'
import type { SaidMessage, PinnedRows } from '@alkdev/storage/sessions'

/** Files that are named, and characters of a question. */
const MAX_FILES = 200
const MAX_QUESTION = 500

/** The facts that stand beside the summary of a conversation, from the records of the hub; empty without a summary. At most `maxCharacters`. */
export async function pinnedFacts(
  { db, bus }: Pick<ServiceRuntime, 'db' | 'bus'>,
  sessionId: string,
  views: readonly SaidMessage[],
  identity: Identity,
  maxCharacters: number,
): Promise<string> {
  const summary = views.find(({ parts }) => parts.some(({ type }) => type === 'compaction'))
  if (summary === undefined) return ''
  const rows = await readPinnedRows(db, sessionId, summary.message.id)
  const changes = rows.calls.filter(
    ({ operationName }) =>
      bus.directory.get(operationName, identity)?.spec.hints?.readOnly !== true,
  )
  return factsText({ ...rows, calls: changes }, maxCharacters)
}

/** The facts as a text. `calls`: those that may have changed something. */
export function factsText(
  { firstPrompt, task, calls, questions, todos }: PinnedRows,
  maxCharacters: number,
): string {
  const files = [...new Set(calls.map(({ path }) => path))].slice(0, MAX_FILES)
  const left = todos.filter(({ status }) => status === 'open' || status === 'active')
  const checks = task?.checks.map(({ name, command }) => `- ${name}: ${command}`) ?? []
  const facts = [
    ...(task === undefined
      ? []
      : [`Your task is ${task.slug}, "${task.name}".\n${task.body ?? ''}`]),
    ...(checks.length === 0
      ? []
      : [`It is finished when these checks pass:\n${checks.join('\n')}`]),
    ...(left.length === 0
      ? []
      : [
          `What you still have to do:\n${left
            .map(({ text, status }) => `- ${status}: ${text}`)
            .join('\n')}`,
        ]),
    ...(files.length === 0 ? [] : [`Files that you changed: ${files.join(', ')}`]),
    ...(questions.length === 0
      ? []
      : [
          `Questions that you asked and that are not answered:\n${questions
            .map((text) => `- ${text.slice(0, MAX_QUESTION)}`)
            .join('\n')}`,
        ]),
    ...(firstPrompt === undefined ? [] : [`The first message to you was:\n${firstPrompt}`]),
  ]
  if (facts.length === 0) return ''
  const text = `From the records of the hub, which hold where the summary differs:\n${facts.join('\n\n')}`
  return text.slice(0, maxCharacters).toWellFormed()
}
