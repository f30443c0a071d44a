import { RE2JS } from 're2js'
import type { Conversation } from './conversation.ts'
import type { Script, ScriptStep } from './script.ts'

const ENDED: ScriptStep = { say: 'The script has no further step.' }

/**
 * The step that answers a conversation: of the first turn whose pattern is found in the prompt, the one whose number is the number of answers since
 * the prompt. The choice depends on the request alone, so that a repeated request gets the same answer.
 */
export function chooseStep({ turns }: Script, { prompt, answers }: Conversation): ScriptStep {
  const turn = turns.find(
    ({ when }) => when === undefined || RE2JS.compile(when).matcher(prompt).find(),
  )
  if (turn === undefined) return { say: 'The script has no turn for this prompt.' }
  const index = turn.loop === true ? answers % turn.steps.length : answers
  return turn.steps[index] ?? ENDED
}
