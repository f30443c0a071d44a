import { CodedError } from '@alkdev/errors'
import type { CallRefusal } from '@alkdev/storage/inference'

/** A budget has no room for a call, or the price of the model is not known: 402, and nothing was sent to a provider. */
export class BudgetError extends CodedError {
  override readonly name = 'BudgetError'
  readonly httpStatus = 402

  /** `tiers`: those without a known price. */
  static of(refusal: CallRefusal, model: string, tiers: readonly string[] = []): CodedError {
    if (refusal.reason === 'recalled')
      return new CodedError(
        'UNAVAILABLE',
        'What is left of a budget is being collected; ask again.',
      )
    if (refusal.reason === 'duplicate')
      return new CodedError('CONFLICT', 'There was a call with this id before.')
    const { reason, subjectType, subjectId, unit, period, budgetId } = refusal
    const { limit, spent, reserved, needed } = refusal
    const whose = `${subjectType} ${subjectId}`
    if (reason === 'unpriced')
      return new BudgetError(
        'MODEL_UNPRICED',
        `The model ${model} has no known price${tiers.length === 0 ? '' : ` in the tier ${tiers.join(' and ')}`}, and a budget in money counts for the ${whose}. An operator can add a price (inference.pricesFile).`,
        { details: { budgetId, subjectType, subjectId } },
      )
    const of = unit === 'cost' ? 'millionths of a US dollar' : unit
    const left = Math.max(0, limit - spent - reserved)
    return new BudgetError(
      'BUDGET_EXCEEDED',
      `The budget of the ${whose} (${limit} ${of}, period: ${period}) has ${left} left, and this call may use ${needed}.`,
      {
        // `param` is what the error bodies below `/v1` have room for.
        details: {
          ...{ budgetId, subjectType, subjectId, unit, period, limit, spent, reserved, needed },
          param: budgetId,
        },
      },
    )
  }
}
