/** What a bus counts, each from 0 at the start of the process. */
export const COUNTER_NAMES = [
  'calls',
  'callsLocal',
  'callsEnded',
  'callsFailed',
  'attempts',
  'attemptsReRouted',
  'refusals',
  'provided',
  'providedRefused',
  'duplicateRequests',
  'confirmed',
  'orphansFinished',
  'lateAnswers',
  'streamGaps',
  'streamOverflows',
  'abortsSent',
  'abortsHonoured',
  'abortsIgnored',
  'abortsTooLate',
  'messagesSent',
  'messagesReceived',
  'messagesBadSignature',
  'messagesWrongVersion',
  'messagesMalformed',
  'messagesLarge',
  'largeMessagesMissing',
  'publishFailures',
  'answersForgotten',
  'checksSent',
  'callsFoundUnknown',
  'instancesLost',
  'fenced',
  'reconnects',
  'registryLoads',
  'registryLoadFailures',
  'registryGaps',
  'eventsEmitted',
  'eventsDropped',
] as const
export type CounterName = (typeof COUNTER_NAMES)[number]
export type Counters = Record<CounterName, number>

export function createCounters(): Counters {
  return Object.fromEntries(COUNTER_NAMES.map((name) => [name, 0])) as Counters
}
