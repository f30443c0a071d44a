import { randomUUID } from 'node:crypto'
import { isMembers as isDeclared, membersOf } from '../protocol/members-of.ts'

type Capabilities = Readonly<Record<string, unknown>>

/** Letters of the capabilities that matter for requests to the client. */
const FORM = 'f'
const URL_MODE = 'u'
const SAMPLING = 's'
const SAMPLING_TOOLS = 't'
const ROOTS = 'r'

const SESSION = /^[0-9a-f-]{36}-([a-z]{1,8})$/

/**
 * A session id of MCP before 2026-07-28. It holds what the client declared it can do, so that every replica knows it without a
 * stored session.
 */
export function newSessionId(capabilities: unknown): string {
  const { elicitation, sampling, roots } = membersOf(capabilities)
  const letters = [
    isDeclared(elicitation) && ('form' in elicitation || !('url' in elicitation)) && FORM,
    isDeclared(elicitation) && 'url' in elicitation && URL_MODE,
    isDeclared(sampling) && SAMPLING,
    isDeclared(sampling) && 'tools' in sampling && SAMPLING_TOOLS,
    isDeclared(roots) && ROOTS,
  ].filter((letter) => letter !== false)
  return letters.length === 0 ? randomUUID() : `${randomUUID()}-${letters.join('')}`
}

/** The capabilities of the client of a session; undefined for an id without any. A client that changes its id changes what it is asked. */
export function capabilitiesOfSession(session: string | undefined): Capabilities | undefined {
  const letters = SESSION.exec(session ?? '')?.[1]
  if (letters === undefined) return undefined
  const has = (letter: string): boolean => letters.includes(letter)
  const elicitation = { ...(has(FORM) && { form: {} }), ...(has(URL_MODE) && { url: {} }) }
  return {
    ...((has(FORM) || has(URL_MODE)) && { elicitation }),
    ...(has(SAMPLING) && { sampling: has(SAMPLING_TOOLS) ? { tools: {} } : {} }),
    ...(has(ROOTS) && { roots: {} }),
  }
}
