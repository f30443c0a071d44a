import { counter, gauge, histogram } from './metric.ts'

/** The services that limit requests. */
const LIMITED = 'gateway, spoke-broker, inference-proxy, mcp'

/** Why a step of a session ended: `EndReason` of the storage, which this module does not load. */
const END_REASONS = [
  'completed',
  'user-stop',
  'parent-abort',
  'first-byte-timeout',
  'idle-timeout',
  'turn-limit',
  'budget',
  'rate-limit',
  'provider-error',
  'context-exhausted',
  'fence-lost',
  'revoked',
  'workspace-mismatch',
  'spoke-gone',
  'internal-error',
] as const

/** All metrics of the hub except the counters of the bus (`BUS_METRICS`) and those of the process (`process-metrics.ts`). */
export const METRICS = {
  info: gauge('alkhub_info', 'Always 1. The label names the service.', { labels: ['service'] }),
  httpDuration: histogram(
    'alkhub_http_request_duration_seconds',
    'Duration of HTTP requests. `route` is the pattern of the route.',
    { labels: ['method', 'route', 'status'] },
  ),
  httpActive: gauge('alkhub_http_requests_active', 'HTTP requests in progress.'),
  httpBodyBytes: gauge(
    'alkhub_http_held_body_bytes',
    'Memory that request bodies in progress occupy.',
  ),
  rateLimited: counter(
    'alkhub_rate_limited_total',
    'Requests refused by a rate limit, by the owner of the limit and its window.',
    { labels: ['of', 'window'], service: LIMITED },
  ),
  rateLimitFailures: counter(
    'alkhub_rate_limit_failures_total',
    'Rate limit checks that Redis did not answer. The requests were allowed.',
    { service: LIMITED },
  ),
  cachedKeys: gauge('alkhub_identity_cache_keys', 'API keys in the cache, by state.', {
    labels: ['state'],
  }),
  identityChangeAge: gauge(
    'alkhub_identity_change_age_seconds',
    'Time since the list of identity changes was last read.',
  ),
  clockSkew: gauge(
    'alkhub_clock_skew_seconds',
    'Time by which the clock of this process is ahead of that of PostgreSQL, which times everything that is stored.',
  ),
  recordsHeld: gauge('alkhub_call_records_held', 'Call records that wait to be written.'),
  recordsWritten: counter('alkhub_call_records_written_total', 'Call records written to Postgres.'),
  recordsDropped: counter(
    'alkhub_call_records_dropped_total',
    'Call records dropped because too many waited.',
  ),
  recordsRefused: counter(
    'alkhub_call_records_refused_total',
    'Call records that Postgres refused one by one.',
  ),
  recordPayloadsDropped: counter(
    'alkhub_call_record_payloads_dropped_total',
    'Call records written without input and output because too many bytes waited.',
  ),
  recordBatchesFailed: counter(
    'alkhub_call_record_batches_failed_total',
    'Failed attempts to write a batch of call records.',
  ),
  spansHeld: gauge(
    'alkhub_trace_spans_held',
    'Ended spans that wait to be sent to the collector, or are sent.',
  ),
  spansExported: counter(
    'alkhub_trace_spans_exported_total',
    'Spans that the collector took. Without `telemetry.traces` there is none of the metrics of traces.',
  ),
  spansFailed: counter(
    'alkhub_trace_spans_failed_total',
    'Spans that the collector refused or did not take in time.',
  ),
  spansDropped: counter(
    'alkhub_trace_spans_dropped_total',
    'Spans that were dropped because too many were held.',
  ),
  registryChange: gauge(
    'alkhub_registry_change_number',
    'Number of the last registry change that this process applied.',
  ),
  gatewayCalls: gauge('alkhub_gateway_calls_active', 'Calls of clients in progress.', {
    service: 'gateway',
  }),
  gatewayRelayedSockets: gauge(
    'alkhub_gateway_relayed_sockets',
    'WebSockets that the gateway relays to a spoke broker.',
    { service: 'gateway' },
  ),
  gatewayEventStreams: gauge('alkhub_gateway_event_streams', 'Open event streams of clients.', {
    service: 'gateway',
  }),
  brokerSockets: gauge('alkhub_spoke_broker_sockets', 'Open WebSockets.', {
    service: 'spoke-broker',
  }),
  brokerSocketsClosed: counter(
    'alkhub_spoke_broker_sockets_closed_total',
    'Closed WebSockets, by close code.',
    { labels: ['code'], service: 'spoke-broker' },
  ),
  brokerFramesIgnored: counter(
    'alkhub_spoke_broker_frames_ignored_total',
    'Frames without effect, by frame type. `bad`: the frame closed its socket. `late`: its call had ended.',
    { labels: ['kind'], service: 'spoke-broker' },
  ),
  brokerRegistrationsRefused: counter(
    'alkhub_spoke_broker_registrations_refused_total',
    'Refused `hub.register` calls, by error code.',
    { labels: ['code'], service: 'spoke-broker' },
  ),
  spokesAttached: gauge('alkhub_spokes_attached', 'Spokes attached to this broker.', {
    service: 'spoke-broker',
  }),
  spokeEvents: counter(
    'alkhub_spoke_events_total',
    'Spokes attached, registered, suspended and detached.',
    {
      labels: ['event'],
      values: ['attached', 'registered', 'suspended', 'detached'],
      service: 'spoke-broker',
    },
  ),
  spokeDeparturesUnwritten: gauge(
    'alkhub_spoke_departures_unwritten',
    'Departures of spokes that wait to be written. Above 0 for long: Postgres does not answer.',
    { service: 'spoke-broker' },
  ),
  pruned: counter(
    'alkhub_coordinator_pruned_total',
    'What retention deleted: `days` of the call log as a whole, `calls` one by one, `edges` of calls that are gone, `changes` of the change list, and by its name everything else that is kept for a time (`retention` in the settings).',
    { labels: ['what'], service: 'coordinator' },
  ),
  pruneFailures: counter(
    'alkhub_coordinator_prune_failures_total',
    'Runs of retention that failed. Each is logged, and the next run tries again.',
    { service: 'coordinator' },
  ),
  tasksSynced: counter(
    'alkhub_coordinator_tasks_synced_total',
    'Tasks that `tasks.sync` created or updated.',
    { service: 'coordinator' },
  ),
  queueAccepted: counter('alkhub_queue_accepted_total', 'Queued calls that were accepted.', {
    service: 'coordinator',
  }),
  queueAttempts: counter(
    'alkhub_queue_attempts_total',
    'Attempts of queued calls that ended, by what became of the call.',
    {
      labels: ['outcome'],
      values: ['completed', 'retry', 'failed', 'aborted', 'superseded'],
      service: 'coordinator',
    },
  ),
  queueCalls: gauge(
    'alkhub_queue_calls',
    'Queued calls of the deployment that are due (at most 10,000 are counted) and that run.',
    { labels: ['state'], service: 'coordinator' },
  ),
  queueOldestDue: gauge(
    'alkhub_queue_oldest_due_seconds',
    'Time for which the oldest due queued call has been waiting.',
    { service: 'coordinator' },
  ),
  approvals: counter(
    'alkhub_approvals_total',
    'Approvals that were asked, raised to the next that is asked, answered, expired and withdrawn.',
    {
      labels: ['event'],
      values: ['asked', 'raised', 'answered', 'expired', 'withdrawn'],
      service: 'coordinator',
    },
  ),
  workflowRunsStarted: counter(
    'alkhub_workflow_runs_started_total',
    'Runs of workflows that were started.',
    { service: 'coordinator' },
  ),
  workflowRunsLeft: counter(
    'alkhub_workflow_runs_left_total',
    'How the work of this process on a run was over: `completed`, `failed`, `aborted`, `waiting`, `released` while stopping, `lost` to another process.',
    {
      labels: ['outcome'],
      values: ['completed', 'failed', 'aborted', 'waiting', 'released', 'lost'],
      service: 'coordinator',
    },
  ),
  workflowRuns: gauge(
    'alkhub_workflow_runs',
    'Runs of the deployment that are due, that are worked on (`running`), and that wait.',
    { labels: ['state'], service: 'coordinator' },
  ),
  sessionTurnsLeft: counter(
    'alkhub_session_turns_left_total',
    'How the work of this process on a session was over: `ended`, `waiting`, `idle`, `released` while stopping, `lost` to another process.',
    {
      labels: ['outcome'],
      values: ['ended', 'waiting', 'idle', 'released', 'lost'],
      service: 'coordinator',
    },
  ),
  sessionStepsDropped: counter(
    'alkhub_session_steps_dropped_total',
    'Attempts of steps of sessions that gave nothing, by the reason; `fence-lost`: another process, which is gone, had begun it. Their tokens stay charged.',
    { labels: ['reason'], values: END_REASONS, service: 'coordinator' },
  ),
  sessionTurnTime: histogram(
    'alkhub_session_turn_seconds',
    'Time that processes worked on a turn of a session which ended here, waits excluded; `sessions.turnMs` limits it.',
    { service: 'coordinator' },
  ),
  sessions: gauge(
    'alkhub_sessions',
    'Sessions of the deployment that are due, that are worked on (`running`), that wait, and whose lease has ended (`lost`, taken over within a second).',
    { labels: ['state'], service: 'coordinator' },
  ),
  brokenInvariants: gauge(
    'alkhub_broken_invariants',
    'What must not be there for longer than a minute: each is 0, or something is wrong. The page on coordination says what each means.',
    { labels: ['invariant'], service: 'coordinator' },
  ),
  scheduleFirings: counter(
    'alkhub_schedule_firings_total',
    'Firings of schedules, by what became of them: `queued`, `skipped`, or `failed` with the schedule paused.',
    { labels: ['outcome'], values: ['queued', 'skipped', 'failed'], service: 'coordinator' },
  ),
  scheduleLateness: histogram(
    'alkhub_schedule_lateness_seconds',
    'Time from the instant at which a schedule was due to the transaction that fired it.',
    { service: 'coordinator' },
  ),
  webhookDeliveries: counter(
    'alkhub_webhook_deliveries_total',
    'Attempts to deliver to webhooks, by what became of them: `delivered`, `failed`, `dead` for one that is not repeated, `lost` for one whose outcome was not recorded.',
    {
      labels: ['outcome'],
      values: ['delivered', 'failed', 'dead', 'lost'],
      service: 'coordinator',
    },
  ),
  webhookQueue: gauge(
    'alkhub_webhook_deliveries',
    'Deliveries of the deployment that wait (`pending`) and that are sent (`sending`), 10,000 at most each.',
    { labels: ['state'], service: 'coordinator' },
  ),
  inferenceRequests: counter(
    'alkhub_inference_requests_total',
    'Requests to model providers, by HTTP status. `failed`: there was no answer.',
    { labels: ['provider', 'status'], service: 'inference-proxy' },
  ),
  inferenceTokens: counter(
    'alkhub_inference_tokens_total',
    'Tokens of calls of models that have ended, by the name of the provider and by class: `input` and `output` as the ledger counts them, `cache_read`, `cache_write` and `reasoning` beside them.',
    { labels: ['provider', 'class'], service: 'inference-proxy' },
  ),
  inferenceDuration: histogram(
    'alkhub_inference_call_duration_seconds',
    'Time from the request to the end of the answer of calls of models.',
    { service: 'inference-proxy' },
  ),
  inferenceFirstToken: histogram(
    'alkhub_inference_first_token_seconds',
    'Time from the request to the first content of streamed answers of models.',
    { service: 'inference-proxy' },
  ),
  ledgerHeld: gauge(
    'alkhub_inference_ledger_held',
    'Ended calls of models that are not settled in PostgreSQL yet.',
    { service: 'inference-proxy' },
  ),
  ledgerDropped: counter(
    'alkhub_inference_ledger_dropped_total',
    'Ended calls of models that the proxy could not settle. The sweep settles them as estimates.',
    { service: 'inference-proxy' },
  ),
  mcpToolCalls: counter('alkhub_mcp_tool_calls_total', 'Calls of MCP tools, by result.', {
    labels: ['tool', 'result'],
    service: 'mcp',
  }),
} as const
