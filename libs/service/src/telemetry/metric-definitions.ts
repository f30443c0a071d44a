import { counter, gauge, histogram } from './metric.ts'

/** The services that limit requests. */
const LIMITED = 'gateway, spoke-broker, inference-proxy, mcp'

/** All metrics of the hub but the counters of the bus (`BUS_METRICS`) and those of the process (`process-metrics.ts`). */
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
    { labels: ['event'], service: 'spoke-broker' },
  ),
  spokeDeparturesUnwritten: gauge(
    'alkhub_spoke_departures_unwritten',
    'Departures of spokes that wait to be written. Above 0 for long: Postgres does not answer.',
    { service: 'spoke-broker' },
  ),
  pruned: counter(
    'alkhub_coordinator_pruned_total',
    'What retention deleted: `days` of the call log as a whole, `calls` one by one, `edges` of calls that are gone, `changes` of the change list, and `queuedCalls` that have ended.',
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
    { labels: ['outcome'], service: 'coordinator' },
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
  inferenceRequests: counter(
    'alkhub_inference_requests_total',
    'Requests to model providers, by HTTP status. `failed`: there was no answer.',
    { labels: ['provider', 'status'], service: 'inference-proxy' },
  ),
  mcpToolCalls: counter('alkhub_mcp_tool_calls_total', 'Calls of MCP tools, by result.', {
    labels: ['tool', 'result'],
    service: 'mcp',
  }),
} as const
