import { Value } from '@alkdev/typebox/value'
import type { TSchema } from '@alkdev/typebox'
import { InvalidInputError } from '../errors.ts'
import { EvConfig, RetryModel } from '../schema/results.ts'
import type { EvResult, TaskCostResult } from '../schema/results.ts'

/**
 * Expected cost by the published formula; lower is better. With `p` the success of one attempt,
 * retries = (1-p)/p (0 when p is 0; capped by `config.retries` when that is above 0),
 * failure = success + fallbackCost + timeLost * retries, and the mean of both times `valueRate` unless 0.
 * With nothing configured it is scopeCost * impactWeight, whatever `p`: `taskCost` is the fuller model.
 * @throws InvalidInputError unless p is within 0 to 1 and all amounts are finite and not negative
 */
export function calculateTaskEv(
  p: number,
  scopeCost: number,
  impactWeight: number,
  config: EvConfig = {},
): EvResult {
  checkNumbers(p, scopeCost, impactWeight)
  checkOptions(EvConfig, config)
  return publishedEv(p, scopeCost, impactWeight, config)
}

/** `calculateTaskEv` for numbers that have been checked. */
export function publishedEv(
  p: number,
  scopeCost: number,
  impactWeight: number,
  { retries = 0, fallbackCost = 0, timeLost = 0, valueRate = 0 }: EvConfig,
): EvResult {
  const mean = p > 0 ? (1 - p) / p : 0
  const expectedRetries = retries > 0 ? Math.min(mean, retries) : mean
  const success = scopeCost * impactWeight
  const failure = success + fallbackCost + timeLost * expectedRetries
  const ev = p * success + (1 - p) * failure
  return { ev: valueRate === 0 ? ev : ev * valueRate, pSuccess: p, expectedRetries }
}

/** The constants of the retry model where nothing else is said. */
export const defaultRetryModel = {
  retries: 2,
  fallbackCost: 20,
  timeLost: 0.5,
  valueRate: 100,
} as const

/**
 * Expected cost of a task that is tried, retried, and done another way when all attempts fail:
 * (P * C_success + (1-P) * C_failure) * impactWeight with P = 1 - (1-p)^(retries+1),
 * C_success = cost + retryCost * E[retries given success],
 * C_failure = cost + retries * retryCost + fallbackCost + timeLost * valueRate.
 * @throws InvalidInputError unless p is within 0 to 1 and all amounts are finite and not negative
 */
export function taskCost(
  p: number,
  scopeCost: number,
  impactWeight = 1,
  model: RetryModel = {},
): TaskCostResult {
  checkNumbers(p, scopeCost, impactWeight)
  checkOptions(RetryModel, model)
  return retriedCost(p, scopeCost, impactWeight, model)
}

/** `taskCost` for numbers that have been checked. */
export function retriedCost(
  p: number,
  scopeCost: number,
  impactWeight: number,
  model: RetryModel,
): TaskCostResult {
  const {
    retries = defaultRetryModel.retries,
    retryCost = scopeCost,
    fallbackCost = defaultRetryModel.fallbackCost,
    timeLost = defaultRetryModel.timeLost,
    valueRate = defaultRetryModel.valueRate,
  } = model
  // Summed instead of the closed form, which loses all digits when p is small.
  let pSuccess = 0
  let retried = 0
  let reached = p
  for (let attempt = 0; attempt <= retries; attempt += 1) {
    pSuccess += reached
    retried += attempt * reached
    reached *= 1 - p
  }
  // A sum of fractions can end a hair above 1.
  pSuccess = Math.min(1, pSuccess)
  const expectedRetries = pSuccess > 0 ? retried / pSuccess : 0
  const costOfSuccess = scopeCost + retryCost * expectedRetries
  const costOfFailure = scopeCost + retries * retryCost + fallbackCost + timeLost * valueRate
  const cost = (pSuccess * costOfSuccess + (1 - pSuccess) * costOfFailure) * impactWeight
  return { cost, pSuccess, expectedRetries, costOfSuccess, costOfFailure }
}

/**
 * Retries that fit into the time in which a person would have done it: floor(human / attempt) - 1, at least 0.
 * Both in the same unit.
 * @throws InvalidInputError unless both are finite and above 0
 */
export function timeFairRetries(humanTime: number, attemptTime: number): number {
  for (const [field, value] of Object.entries({ humanTime, attemptTime })) {
    if (!(Number.isFinite(value) && value > 0)) {
      throw new InvalidInputError(field, `${field} must be a number above 0, not ${value}.`)
    }
  }
  return Math.max(0, Math.floor(humanTime / attemptTime) - 1)
}

export function checkNumbers(p: number, scopeCost: number, impactWeight: number): void {
  if (!(p >= 0 && p <= 1)) {
    throw new InvalidInputError('p', `p must be a probability from 0 to 1, not ${p}.`)
  }
  for (const [field, value] of Object.entries({ scopeCost, impactWeight })) {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw new InvalidInputError(field, `${field} must be a number from 0, not ${value}.`)
    }
  }
}

/** @throws InvalidInputError for the first option that does not fit; unknown ones are ignored */
export function checkOptions(schema: TSchema, options: unknown): void {
  if (Value.Check(schema, options)) return
  const first = Value.Errors(schema, options).First()
  if (first !== undefined) throw InvalidInputError.fromTypeBoxError(first)
}
