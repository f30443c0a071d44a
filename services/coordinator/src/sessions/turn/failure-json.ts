import type { CallError } from '@alkdev/operations'

/** An error as it is stored with a turn, a step or a tool call. */
export function failureJson({ code, message, details }: CallError): string {
  return JSON.stringify({ code, message, ...(details !== undefined && { details }) })
}
