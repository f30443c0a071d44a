/* The wire formats of a model that seals its reasoning (`sealing-model.ts`). */

export const WIRES = ['messages', 'responses', 'chat', 'google'] as const
export type Wire = (typeof WIRES)[number]

/** Google's signature is of the call, and not of a text. */
export const SIGNED = 'signed'

/** A round of the conversation, whatever its wire format: what came back of what the model made. */
export interface Round {
  readonly seals: readonly { readonly seal: string; readonly text: string }[]
  readonly calls: number
  /** The input of a call is not an object, which providers refuse. */
  readonly isMalformed?: boolean
}

export interface Read {
  readonly prompt: string
  readonly hasTools: boolean
  /** All rounds, those since the prompt last. */
  readonly rounds: readonly Round[]
  readonly sincePrompt: number
}

/** What the model says in a round. */
export interface Said {
  readonly thought: string
  readonly seal: string
  readonly text: string
  readonly calls: readonly { readonly id: string; readonly args: string }[]
}

// oxlint-disable-next-line typescript/no-explicit-any -- bodies of every shape
export type Body = any
