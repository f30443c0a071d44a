import { COUNTER_NAMES } from '@alkdev/bus'
import type { Bus, CounterName } from '@alkdev/bus'
import { METRICS } from './metric-definitions.ts'
import { counter } from './metric.ts'
import type { Metric } from './metric.ts'
import type { Metrics } from './metrics.ts'

/** The metric of each counter of the bus. */
export const BUS_METRICS: Readonly<Record<CounterName, Metric<'counter', readonly []>>> = {
  calls: counter('alkhub_bus_calls_total', 'Calls started in this process.'),
  callsLocal: counter('alkhub_bus_local_calls_total', 'Calls that this process also executed.'),
  callsEnded: counter('alkhub_bus_calls_ended_total', 'Calls started in this process that ended.'),
  callsFailed: counter('alkhub_bus_calls_failed_total', 'Calls that ended with an error.'),
  attempts: counter('alkhub_bus_attempts_total', 'Attempts sent to a provider.'),
  attemptsReRouted: counter(
    'alkhub_bus_attempts_rerouted_total',
    'Attempts after the first one of a call.',
  ),
  refusals: counter('alkhub_bus_attempts_refused_total', 'Attempts that a provider refused.'),
  provided: counter('alkhub_bus_requests_accepted_total', 'Requests that this process executed.'),
  providedRefused: counter(
    'alkhub_bus_requests_refused_total',
    'Requests that this process refused to execute.',
  ),
  duplicateRequests: counter(
    'alkhub_bus_requests_duplicate_total',
    'Requests that arrived a second time.',
  ),
  confirmed: counter(
    'alkhub_bus_requests_confirmed_total',
    'Requests whose answer the caller has confirmed.',
  ),
  orphansFinished: counter(
    'alkhub_bus_requests_finished_without_caller_total',
    'Requests that this process went on to execute although the process of the caller was gone.',
  ),
  lateAnswers: counter('alkhub_bus_late_answers_total', 'Answers to calls that had ended.'),
  streamGaps: counter(
    'alkhub_bus_stream_gaps_total',
    'Streams that ended because a part was lost.',
  ),
  streamOverflows: counter(
    'alkhub_bus_stream_overflows_total',
    'Streams that ended because the provider exceeded its credit.',
  ),
  abortsSent: counter('alkhub_bus_aborts_sent_total', 'Aborts sent to a provider.'),
  abortsHonoured: counter('alkhub_bus_aborts_honoured_total', 'Aborts that stopped the handler.'),
  abortsIgnored: counter('alkhub_bus_aborts_ignored_total', 'Aborts that the handler ignored.'),
  abortsTooLate: counter('alkhub_bus_aborts_too_late_total', 'Aborts of calls that had ended.'),
  messagesSent: counter('alkhub_bus_messages_sent_total', 'Redis messages sent.'),
  messagesReceived: counter('alkhub_bus_messages_received_total', 'Frames received through Redis.'),
  messagesBadSignature: counter(
    'alkhub_bus_messages_bad_signature_total',
    'Messages dropped because their signature is wrong.',
  ),
  messagesWrongVersion: counter(
    'alkhub_bus_messages_wrong_version_total',
    'Messages dropped because of their version.',
  ),
  messagesMalformed: counter(
    'alkhub_bus_messages_malformed_total',
    'Messages dropped because they cannot be read.',
  ),
  messagesLarge: counter(
    'alkhub_bus_messages_large_total',
    'Messages sent through a Redis key because of their size.',
  ),
  largeMessagesMissing: counter(
    'alkhub_bus_messages_large_missing_total',
    'Large messages whose Redis key was missing.',
  ),
  publishFailures: counter(
    'alkhub_bus_publish_failures_total',
    'Messages that Redis did not accept.',
  ),
  answersForgotten: counter(
    'alkhub_bus_answers_discarded_total',
    'Stored answers discarded before the caller confirmed them.',
  ),
  checksSent: counter(
    'alkhub_bus_checks_sent_total',
    'Questions to a provider whether it still executes an attempt.',
  ),
  callsFoundUnknown: counter(
    'alkhub_bus_attempts_unknown_total',
    'Attempts that the provider did not know when asked.',
  ),
  instancesLost: counter('alkhub_bus_instances_lost_total', 'Instances whose lease ended.'),
  fenced: counter('alkhub_bus_fenced_total', 'Times that this process lost its own lease.'),
  reconnects: counter('alkhub_bus_reconnects_total', 'Reconnects to Redis.'),
  registryLoads: counter('alkhub_bus_registry_loads_total', 'Full loads of the registry.'),
  registryLoadFailures: counter(
    'alkhub_bus_registry_load_failures_total',
    'Failed loads of the registry.',
  ),
  registryGaps: counter(
    'alkhub_bus_registry_gaps_total',
    'Gaps in the change numbers of the registry.',
  ),
  eventsEmitted: counter('alkhub_bus_events_emitted_total', 'Hub events published.'),
  eventsDropped: counter('alkhub_bus_events_dropped_total', 'Hub events that were not published.'),
}

/** Exports the counters of the bus. The bus counts in plain numbers, which are read with each request for `/metrics`. */
export function addBusMetrics(metrics: Metrics, bus: Bus): void {
  for (const name of COUNTER_NAMES) metrics.collect(BUS_METRICS[name], () => bus.counters[name])
  metrics.collect(METRICS.registryChange, () => bus.directory.change)
}
