import { CodedError } from '@alkdev/errors'
import { CallError, validationError } from '@alkdev/operations'
import { storableText, uuidv7 } from '@alkdev/std'
import { askApproval, latestApproval } from '@alkdev/storage'
import type { ApprovalRow, Db } from '@alkdev/storage'
import { getBudget, raiseBudget } from '@alkdev/storage/inference'
import type { Budget } from '@alkdev/storage/inference'
import { TURN_SUBJECT } from '@alkdev/storage/sessions'
import type { SessionWithOrg } from '@alkdev/storage/sessions'
import type { StepFailure } from '../model/step-failure.ts'
import type { TurnHold, TurnOutcome } from './turn-hold.ts'
import { TurnOver } from './turn-over.ts'

const DEADLINE_MS = 24 * 3_600_000
const MAX_QUESTION = 4000

/** What is asked for: `amount` more of a budget whose limit is `limit`, in tokens or millionths of a US dollar. */
interface TopUp {
  readonly sessionId: string
  readonly budgetId: string
  readonly unit: string
  readonly limit: number
  readonly amount: number
}

/**
 * Lets a turn wait for more of the budget of a session that had no room for its call: asks for it once, and goes on when the answer is there. Throws TurnOver for
 * another budget, for one that another account set, such as an administrator, and after a refusal.
 */
export async function waitForBudget(
  hold: TurnHold,
  failure: StepFailure,
  wakeSeq: number,
): Promise<TurnOutcome | undefined> {
  const { db } = hold.options.runtime
  const { session, turn } = hold
  const { budgetId } = failure
  const budget = budgetId === undefined ? undefined : await getBudget(db, budgetId)
  const subject = { type: TURN_SUBJECT, id: turn.id }
  const earlier = await latestApproval(db, subject, 'budget')
  const { accountId } = session
  const isOwn = budget?.subjectType === 'session' && budget.createdBy === accountId
  if (!isOwn || accountId === null || earlier?.decision === 'deny')
    throw new TurnOver('budget', failure.toJson())
  const ask = async (tx: Db) => {
    if (earlier?.status === 'open') return { approval: earlier, known: true }
    const topUp: TopUp = {
      sessionId: session.id,
      budgetId: budget.id,
      unit: budget.unit,
      limit: budget.limitAmount,
      amount: budget.limitAmount,
    }
    return askApproval(tx, {
      id: uuidv7(),
      kind: 'budget',
      subject,
      question: questionOf(session, budget),
      details: topUp,
      accountId,
      orgId: session.orgId ?? undefined,
      sessionId: session.id,
      deadlineMs: DEADLINE_MS,
    })
  }
  return hold.parkForApproval(wakeSeq, DEADLINE_MS, ask)
}

function questionOf({ id, title }: SessionWithOrg, budget: Budget): string {
  const { unit, limitAmount, subjectId } = budget
  const whose = subjectId === id ? 'its budget' : 'the budget of a session above it'
  const much =
    unit === 'cost' ? `$${(limitAmount / 1_000_000).toFixed(2)}` : `${limitAmount} ${unit}`
  const what = unit === 'cost' ? 'millionths of a US dollar' : unit
  const text = `The session "${title.slice(0, 1000)}" has used ${whose} of ${much}. May it have as much again? An answer that is a number allows that many ${what} instead.`
  return storableText(text.slice(0, MAX_QUESTION))
}

/**
 * Raises the budget that was asked for, unless it was raised or closed meanwhile. In the transaction of the answer. Throws CONFLICT when the budget that it is a
 * part of has no room, and VALIDATION_ERROR for an answer whose amount can't be read.
 */
export async function raiseAsAnswered(
  tx: Db,
  { details, answer }: Pick<ApprovalRow, 'details' | 'answer'>,
): Promise<void> {
  const { budgetId, limit, amount } = JSON.parse(details ?? '{}') as TopUp
  try {
    await raiseBudget(tx, budgetId, amountOf(answer) ?? amount, limit)
  } catch (error) {
    if (error instanceof CodedError && error.code === 'NOT_FOUND') return
    if (!(error instanceof CodedError) || error.code !== 'BUDGET_EXCEEDED') throw error
    throw new CallError(
      'CONFLICT',
      `The session above has not that much: ${error.message} Allow less, or raise the budget above first.`,
      error.details,
    )
  }
}

/** Undefined for words that name no amount. Throws VALIDATION_ERROR for an amount in another form: it must not be taken for consent to the whole. */
function amountOf(answer: string | null): number | undefined {
  const text = answer?.trim() ?? ''
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  if (!/\p{Nd}/u.test(text)) return undefined
  throw validationError('The answer', [
    { path: '/answer', message: 'must be the amount in digits alone, or words without digits' },
  ])
}
