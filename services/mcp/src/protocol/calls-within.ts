import { isMembers } from './members-of.ts'

/** A call that an operation of the hub makes, now or later. */
export interface InnerCall {
  readonly operationId: string
  /** Undefined when it is not known, or left out. */
  readonly input?: unknown
}

/**
 * The calls that an input names: members `operationId` with `input` (`calls.enqueue`, `schedules.create`) and steps of workflow templates
 * (`{type: 'operation', props: {name, input}}`), at any depth, except in the input of those calls.
 */
export function callsWithin(input: unknown): InnerCall[] {
  const calls: InnerCall[] = []
  for (const part of partsOf(input)) {
    const { type, operationId, props } = part
    if (typeof operationId === 'string') calls.push({ operationId, input: part['input'] })
    if (type === 'operation' && isMembers(props) && typeof props['name'] === 'string')
      calls.push({ operationId: props['name'], input: props['input'] })
  }
  return calls
}

/** Whether the input of a step takes what it names from other steps: then the calls that it makes are known when it runs, and not before. */
export function isFilledLater(input: unknown): boolean {
  return partsOf(input).some((part) => '$result' in part || '$item' in part)
}

/** The objects of an input, except those in the input of the calls that it names. */
function partsOf(input: unknown): Readonly<Record<string, unknown>>[] {
  const parts: Readonly<Record<string, unknown>>[] = []
  const rest: unknown[] = [input]
  while (rest.length > 0) {
    const part = rest.pop()
    if (Array.isArray(part)) for (const one of part as unknown[]) rest.push(one)
    if (!isMembers(part)) continue
    parts.push(part)
    for (const [name, member] of Object.entries(part))
      if (name !== 'input' && typeof member === 'object' && member !== null) rest.push(member)
  }
  return parts
}
