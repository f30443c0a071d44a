import { CallError } from '@alkdev/operations'
import { inTransaction, standingQuestion } from '@alkdev/storage'
import type { ApprovalRow } from '@alkdev/storage'
import { TURN_SUBJECT } from '@alkdev/storage/sessions'
import { sendToParent } from '../../coordination/send-to-parent.ts'
import { failureJson } from './failure-json.ts'
import type { TurnHold, TurnOutcome } from './turn-hold.ts'
import { TurnOver } from './turn-over.ts'
import type { TurnRights } from './turn-rights.ts'

/** The answer, or the end of its deadline, wakes the turn. This is for one that was missed. */
const LOOK_AFTER_MS = 300_000

/** What was asked about a turn and keeps it from its next step. It is asked with the wake-up of the session: an equal `wakeSeq` has no new question. */
export class TurnQuestions {
  readonly #hold: TurnHold
  #freeSeq = -1

  constructor(hold: TurnHold) {
    this.#hold = hold
  }

  /** Undefined: nothing, so that the turn goes on. */
  async read(): Promise<TurnQuestion | undefined> {
    const { options, session, turn } = this.#hold
    // Before the reading: a question of a later one is read the next time.
    const { wakeSeq } = session
    if (wakeSeq === this.#freeSeq) return undefined
    const approval = await standingQuestion(options.runtime.db, { type: TURN_SUBJECT, id: turn.id })
    if (approval !== undefined) return { approval, wakeSeq }
    this.#freeSeq = wakeSeq
    return undefined
  }

  /**
   * Lets the turn wait for the answer; undefined when something has happened since the question was read. Throws TurnOver after a refusal, and when no
   * answer came in time.
   */
  async wait(
    { approval, wakeSeq }: TurnQuestion,
    rights: TurnRights,
  ): Promise<TurnOutcome | undefined> {
    if (approval.status !== 'open') throw await this.#refused(approval, rights)
    const ask = () => Promise.resolve({ approval, known: true })
    return this.#hold.parkForApproval(wakeSeq, LOOK_AFTER_MS, ask)
  }

  /** The session above hears of it once: the message has the id of the turn, which ends once. */
  async #refused({ id, answer, status }: ApprovalRow, rights: TurnRights): Promise<TurnOver> {
    const { options, session, turn } = this.#hold
    const { parentId } = session
    const how =
      status === 'expired'
        ? 'No answer came in time whether the turn goes on.'
        : `A person ended the turn.${answer === null ? '' : ` ${answer}`}`
    if (parentId !== null)
      try {
        const said = { text: how, says: 'is stopped', messageId: turn.id, caller: rights.granted }
        await inTransaction(options.runtime.db, (tx) => sendToParent(tx, session, said))
        options.onFired([parentId])
      } catch (error) {
        // The end of the turn does not depend on whether that message can be stored.
        options.runtime.logger.warn(
          { err: error, sessionId: session.id },
          'the session above got no message about the end of a turn',
        )
      }
    return new TurnOver('user-stop', failureJson(new CallError('ABORTED', how, { approvalId: id })))
  }
}

/** What stands in the way of a turn, and how often the session had been woken when it was read. */
export interface TurnQuestion {
  readonly approval: ApprovalRow
  readonly wakeSeq: number
}
