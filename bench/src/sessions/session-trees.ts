import { sleep } from '@alkdev/std'
import type { PlanStack } from '@alkdev/test/torture'

const PATIENCE_MS = 240_000

/** `talk`: a model that goes on for longer than a measurement. Anything else is answered at once. */
export const TALK = `
models:
  worker:
    turns:
      - when: '^talk'
        steps:
          - say: 'one two three four five six seven eight nine ten '
            times: 20000
            pieceChars: 10
            pieceMs: 200
      - steps:
          - say: Done.
`

interface Status {
  readonly sessions: readonly { readonly status: string }[]
}

/** The answer of `coord.abort`. */
export interface Aborted {
  readonly acknowledged: boolean
  readonly receipts: readonly { readonly stoppedAt?: string; readonly savedRef?: string }[]
}

export async function lead(stack: PlanStack): Promise<string> {
  const input = { mode: 'external', title: 'Lead' }
  return (await stack.insist<{ sessionId: string }>('sessions.create', input)).sessionId
}

/** Spawns a session with a worktree on the spoke. */
export function spawn(
  stack: PlanStack,
  parentSessionId: string,
  prompt: string,
  spoke: string,
): Promise<unknown> {
  return stack.insist('coord.spawn', {
    ...{ parentSessionId, prompt, model: 'scripted/worker' },
    worktree: { spoke },
  })
}

/** Waits until all sessions below one have a status. */
export async function untilAll(
  stack: PlanStack,
  sessionId: string,
  isReached: (status: string) => boolean,
): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    // oxlint-disable no-await-in-loop -- one look after the other
    const { sessions } = await stack.insist<Status>('coord.status', { sessionId })
    if (sessions.slice(1).every(({ status }) => isReached(status))) return
    if (Date.now() > end) throw new Error(`coord.status: ${JSON.stringify(sessions.slice(0, 5))}`)
    await sleep(100)
    // oxlint-enable no-await-in-loop
  }
}
